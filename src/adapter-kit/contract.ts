/** The contract between the hub and one connected system. An adapter imports this folder, its own, and packages; nothing else. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** What a system was seen to hold. `native` is the record as the adapter reads it: JSON, money as decimal strings, instants as RFC 3339 UTC. */
export type Observation = {
  localId: string;
  native: JsonObject;
  /** By the source's own clock, UTC; absent where the source tells none. */
  modifiedAt?: string;
  /** Whatever the system wants back to prove that nobody wrote in between. */
  lockToken?: string;
  /** The source says that the record is gone or deactivated; `native` is then the last form it shows, or `{}`. */
  deleted?: boolean;
};

/** One page of a scan. Pages are written to the store before the next one is asked for. */
export type ChangesPage = {
  observations: Observation[];
  /**
   * How far the source has been read, in the adapter's own versioned JSON. Given on the last page; on earlier pages only
   * when pages come in mark order, so that a scan cut off there misses nothing.
   */
  checkpoint?: JsonObject;
  /** Estimated number of records in the whole scan, where the source tells it; for progress. */
  total?: number;
};

export type ChangesRequest = {
  /** What the last completed scan returned; absent for the first one. */
  checkpoint?: JsonObject;
  /** Read everything there is, archived records included; the hub then treats absence from a completed scan as a delete. */
  full: boolean;
  signal: AbortSignal;
};

/** One write. `probeKey` is the canonical id, which the adapter stores in the field its manifest declares as `probe`. */
export type WriteRequest =
  | { kind: "create"; probeKey: string; body: JsonObject }
  | {
      kind: "update";
      localId: string;
      probeKey: string;
      /** Only the native top-level properties that differ; nested lists whole, to be diffed against `held` by key. */
      changes: JsonObject;
      /** What the hub believes the system holds, native. */
      held: JsonObject;
      lockToken?: string;
    }
  | { kind: "archive" | "delete"; localId: string; held: JsonObject; lockToken?: string };

/** What became of one write; the answers of a batch stand in the order of the requests. */
export type WriteOutcome =
  /** Done. `observation` when the answer (or a read-back by the adapter) shows the whole record. */
  | { kind: "written"; localId: string; observation?: Observation }
  /** The lock token did not match: somebody wrote in between. */
  | { kind: "stale" }
  /** There is no record with this local id any more. */
  | { kind: "missing" }
  /** The system holds a record with this natural key already. */
  | { kind: "duplicate"; candidates: string[]; text: string }
  /** The record's fault: the same bytes would be refused again. */
  | { kind: "refused"; text: string; field?: string; value?: Json; accepts?: string }
  /** The system's fault and certainly not written: try later. */
  | { kind: "unavailable"; text: string; retryAfterMs?: number }
  /** Sent, and no answer that tells whether it was done. */
  | { kind: "unknown"; text: string };

export type OperationReply =
  | { kind: "done"; result: JsonObject }
  | { kind: "refused"; text: string; field?: string; value?: Json; accepts?: string }
  | { kind: "unavailable"; text: string; retryAfterMs?: number }
  | { kind: "unknown"; text: string };

export type OperationRequest = {
  args: JsonObject;
  /** The same key is sent with every attempt of the same command. */
  idempotencyKey: string;
  signal: AbortSignal;
};

/** A raw request to a system's web hook address, body unparsed and already size-limited. */
export type HookRequest = {
  headers: Record<string, string | string[] | undefined>;
  query: Record<string, string>;
  body: Buffer;
};

/** A web hook is a hint: it names records, which the hub then reads. */
export type Hint = { entity: string; localId: string };

/** A pushed or dropped-in record that need not be read again. */
export type Pushed = { entity: string; observation: Observation };

/** A connected system. Made by the `connect` that every adapter's `index.ts` exports; holds its own session. */
export interface Spoke {
  /** Records changed since the checkpoint. Ends when there are no more; throws NaveError to abort the scan. */
  changes(entity: string, request: ChangesRequest): AsyncIterable<ChangesPage>;
  /** The named records as they are now, in one or few calls; ids that do not exist are absent from the answer. */
  read(entity: string, localIds: string[], signal: AbortSignal): Promise<Observation[]>;
  /** Writes a batch of at most `limits.batchSize`; one outcome per request, in order. Never throws for one record's sake. */
  write(entity: string, requests: WriteRequest[], signal: AbortSignal): Promise<WriteOutcome[]>;
  /**
   * Records whose probe field holds one of these keys; asked after a crash. Only where the manifest declares a probe. Where
   * the system still finds records that are gone, they belong to the answer, `deleted`: without them, a record that was
   * removed there before the hub knew that its create had arrived is made again.
   */
  findByProbe?(
    entity: string,
    probeKeys: string[],
    signal: AbortSignal,
  ): Promise<{ probeKey: string; observation: Observation }[]>;
  /**
   * Every live record's id with its lock token, without bodies, in pages; where the system can list them cheaply. With it a
   * reconciliation reads only the records whose token is not the one last seen.
   */
  versions?(entity: string, signal: AbortSignal): AsyncIterable<{ localId: string; lockToken: string }[]>;
  /** Commands and queries by the names the manifest declares. */
  call?(operation: string, request: OperationRequest): Promise<OperationReply>;
  /** Verifies and reads a web hook; throws NAVE_REQUEST_INVALID for a wrong signature or malformed body. */
  hook?(request: HookRequest): Promise<Hint[]>;
  /** For sources that hand records over (a watched directory, a mail box): calls back until aborted. `accept` resolves when the record is safe. */
  listen?(accept: (pushed: Pushed[]) => Promise<void>, signal: AbortSignal): Promise<void>;
  /** Cheap and side-effect free. Throws NaveError when the system cannot be used. `now` is the system's clock, where it tells it. */
  health(signal: AbortSignal): Promise<{ version?: string; now?: string; generation?: string }>;
  close(): Promise<void>;
}

/** What an adapter is given to connect. */
export type ConnectContext = {
  system: string;
  /** The system's settings from the configuration, checked against the manifest's schema, secrets resolved. */
  settings: JsonObject;
  manifest: Manifest;
  log: Log;
};
export type Connect = (context: ConnectContext) => Promise<Spoke>;

export type Log = Record<
  "debug" | "info" | "warn" | "error",
  (fields: Record<string, unknown>, text: string) => void
>;

/** `adapters/<name>/adapter.yaml`, read and checked when the hub starts. */
export type Manifest = {
  name: string;
  title: string;
  /** Shown in the console and the docs; says when an adapter is a stand-in. */
  description: string;
  role: "front-office" | "back-office" | "supply-chain";
  /** JSON Schema of the system's `settings`; a property with `writeOnly: true` is a secret. */
  settings: JsonObject;
  limits: Limits;
  entities: Record<string, EntityCapability>;
  operations: Record<string, OperationCapability>;
  /**
   * Entities that the system keeps no records of and names by a value of ours, as documents do ("your item BIKE-7"): the
   * canonical field with that value, by entity. Where a mapping says `reference`, the local id is then this value.
   */
  namedBy: Record<string, string>;
};

export type OperationCapability = {
  /** `query`: changes nothing. `command`: journalled, in order per business key, with a stored reply. */
  kind: "command" | "query";
  /** JSON Schema of the arguments. */
  args: JsonObject;
  title: string;
  /**
   * Of a command: sent again under the same idempotency key, it does nothing twice, by the product's own memory of the key or
   * because it looks first what is left to do. Otherwise a lost answer is in doubt, for a person.
   */
  repeatable: boolean;
};

export type Limits = {
  /** Most records in one `write`. */
  batchSize: number;
  /** Most calls of the adapter under way at once. */
  concurrency: number;
  requestsPerSecond?: number;
  /** A call unanswered for this long has failed (a write: fate unknown). */
  timeoutMs: number;
  /** A write that got no answer is done or gone for good after this long: time-out + commit + index lag. */
  settleMs: number;
  /** How often to poll while nothing hints. */
  pollEveryMs: number;
  /** Re-read this far below the high-water mark on every poll, for what committed late. */
  overlapMs: number;
  /** Resolution of `modifiedAt`. */
  timestampPrecisionMs: number;
};

export type EntityCapability = {
  /** What the product calls it. */
  native: string;
  /** File under `mappings/`, without ending. */
  mapping: string;
  read: boolean;
  create: boolean;
  update: boolean;
  /** What the hub does to a record that is to go. */
  remove: "archive" | "delete" | "none";
  /** `reported`: `changes` shows deletes. `absent`: only a full scan tells. */
  deletes: "reported" | "absent";
  /** Top-level property of the native record that holds the hub's key, findable by `findByProbe`; absent: a lost answer is in doubt. */
  probe?: string;
  /** Whether a write under an old `lockToken` answers `stale`; otherwise the hub reads afresh before it updates. */
  lockToken: boolean;
  /** Sent once and never changed again (invoice, EDI message). */
  document: boolean;
  /** Entities whose changes show in this one only when they are polled themselves. */
  children?: string[];
};
