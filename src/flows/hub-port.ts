import type { Json, JsonObject } from "../adapter-kit/contract.ts";
import type { Body, FieldPath } from "../canonical/types.ts";
import type { ErrorDetail } from "../errors.ts";
import type { MessagePath } from "./tracking/message-path.ts";
import type { Form } from "./waits/approval-form.ts";
import type { CollectRules } from "./waits/collect-rules.ts";
import type { Due } from "./waits/deadline-settings.ts";

/**
 * What the Node-RED nodes may ask of the hub. The nodes are thin: every decision is taken behind this port.
 *
 * A hub message is one row of the table `message`; the flow engine sees its id and nothing of its storage.
 */
export interface HubPort {
  /** What a `record in` node sends into the flow for this message; undefined: settled or superseded meanwhile, nothing to do. */
  open(messageId: string): Promise<FlowMessage | undefined>;
  /** What goes on from a node that waited; undefined: settled meanwhile, nothing to do. */
  openResumed(messageId: string): Promise<ResumedMessage | undefined>;
  /**
   * A copy of a message has come to a node that waits: puts it on record, once however often it comes. When this resolves, the
   * message may be settled: what it waits for continues later with a message of its own.
   */
  wait(request: WaitRequest): Promise<void>;
  /** Ends the deadlines that are open under this key, of whatever node, before they are missed. */
  meet(request: ArrivalAtNode): Promise<void>;
  /** Identity and three-way merge, in one transaction; for a message merged before, the stored outcome. Throws NaveError. */
  merge(messageId: string): Promise<MergeOutcome>;
  /** The systems that take this entity, with direction, pauses and capability applied; the author of the change included. */
  targets(entity: string): Promise<string[]>;
  /** Upserts the standing order that `system` shall hold `body`; idempotent, an older version never replaces a newer. */
  wish(request: WishRequest): Promise<void>;
  /** Parks the message as a dead letter with the flow's own reason. */
  reject(
    messageId: string,
    reason: { text: string; owner: string; detail?: ErrorDetail; path?: MessagePath },
  ): Promise<void>;
  /** The whole flow has completed for this message. Where it has been can be kept with its story: read where it is. */
  settle(messageId: string, path: () => MessagePath): Promise<void>;
  /**
   * Creates or updates a canonical record of another entity that this message causes, such as the purchase order behind a
   * confirmed order. The same (entity, key) is the same record however often it is derived; an unchanged body does nothing.
   */
  derive(request: DeriveRequest): Promise<{ canonicalId: string }>;
  /**
   * Changes fields of the record that a message is about, in the hub's own name: once for each copy of the message at the node,
   * so that a copy that comes again undoes nothing of what people have done since. The record's flow runs again. Throws NaveError.
   */
  amend(request: AmendRequest): Promise<AmendedRecord>;
  /** Finds a record, an id, or what a system holds this moment; undefined: there is no such thing. Changes and stores nothing. */
  lookup(request: LookupRequest): Promise<LookupResult | undefined>;
  /**
   * Calls an operation of a system: a query at once, a command by the journal. The same idempotency key gets the stored reply and
   * causes nothing twice. Undefined: the message waits for the reply, neither settled nor failed, and comes again with it.
   * `path`: where it has been until then.
   */
  call(request: CallRequest, path?: MessagePath): Promise<CallReply | undefined>;
  /** Tells people or programs something, once for each recipient and key; put on record here, sent from there. */
  notify(request: NotifyRequest): Promise<void>;
  /**
   * The flow failed: retried later or parked, by the error's disposition. `where` names flow and node. Called once per
   * attempt, except that a node which sends on after the message was settled has it parked by a second call.
   */
  fail(messageId: string, error: unknown, where: FailedAt): Promise<void>;
}

/** `olderVersion`: of the flow, where it was not the newest that failed. */
export type FailedAt = {
  flow: string;
  node: string;
  nodeName?: string;
  olderVersion?: string;
  path?: FailedPath;
};

/** `failedAt`: the address of the node, where the failure is one node's. */
export type FailedPath = MessagePath & { failedAt?: string };

export type FlowMessage = {
  messageId: string;
  correlationId: string;
  /** `observed`: a system was seen to hold this. `changed`: a canonical record has a new version. `rerun`: run the flow again, nothing is new. */
  kind: "observed" | "changed" | "rerun";
  entity: string;
  /** Author system of an observation. */
  system?: string;
  localId?: string;
  /** The record and its version, of a `changed` and a `rerun`. */
  canonicalId?: string;
  version?: number;
  body: Body;
  /** The deploy whose flows it goes through; absent: the newest. */
  epoch?: number;
};

/** Where a message waits and goes on: in which flow, at the version that was deployed, at which node. */
export type FlowPlace = { flow: string; flowVersion: string; node: string };

/** Goes on where an earlier message was handed over. */
export type ResumedMessage = {
  messageId: string;
  correlationId: string;
  place: FlowPlace;
  /** Of the node, counted from 0. */
  output: number;
  /** What leaves it: `payload`, `nave` and whatever else was kept. */
  message: JsonObject;
};

export type ArrivalAtNode = {
  messageId: string;
  /** Tells the copies of one message apart, the same at each of its redeliveries. */
  part: string;
  place: FlowPlace;
  /** The node in words, as people know it. */
  where: string;
  /** What one wait of the node is told from another by. */
  key: string;
};

export type CollectRequest = ArrivalAtNode & {
  kind: "collect";
  item: { payload: Json; nave: JsonObject };
  rules: CollectRules;
};
export type DeadlineRequest = ArrivalAtNode & {
  kind: "deadline";
  due: Due;
  /** What goes on when it is missed. */
  message: JsonObject;
};
export type ApproveRequest = ArrivalAtNode & {
  kind: "approve";
  question: string;
  /** Accounts by name, and `role:<role>`. */
  candidates: string[];
  /** `any`: the first answer decides. `all`: every candidate has to approve. */
  mode: "any" | "all";
  /** Absent: there is no deadline. */
  due?: Due;
  /** Who is asked when the deadline has passed, and until when; absent: the question has expired then. */
  escalation?: { candidates: string[]; due: Due };
  /** What is to be filled in. */
  form?: Form;
  /** What goes on when it is decided. */
  message: JsonObject;
};
/** The key names the process. */
export type CompensateRequest = ArrivalAtNode & {
  kind: "compensate";
  /** `step`: what has just been done can be undone from here. `all`: undo all of it. `done`: it will not have to be undone. */
  mode: "step" | "all" | "done";
  /** What goes on to undo the step, or when all is undone. */
  message: JsonObject;
};
export type WaitRequest = CollectRequest | DeadlineRequest | ApproveRequest | CompensateRequest;

export type MergeOutcome = {
  canonicalId: string;
  version: number;
  body: Body;
  /** Canonical fields this message changed; empty for a rerun and for an edit that was overruled. */
  changed: FieldPath[];
  archived: boolean;
  /** Nothing differs from what every system was told: the flow may end here. */
  echo: boolean;
};

export type WishRequest = {
  messageId: string;
  entity: string;
  canonicalId: string;
  version: number;
  system: string;
  body: Body;
  /** `archive`: the record shall go from this system, by its declared way of removing. */
  action: "hold" | "archive";
};

export type DeriveRequest = {
  messageId: string;
  entity: string;
  /** Chosen by the flow, unique within the entity, e.g. the canonical id of the order behind a purchase order. */
  key: string;
  body: Body;
};

export type AmendRequest = Omit<ArrivalAtNode, "key"> & {
  entity: string;
  canonicalId: string;
  /** Of the body's properties only those to change; null removes one. Items of a keyed list that are not named stay. */
  changes: JsonObject;
};
/** The record as it stands now. */
export type AmendedRecord = Pick<MergeOutcome, "version" | "body">;

export type LookupRequest = { entity: string } & (
  | { what: "record"; canonicalId: string }
  /** `kind`: of the business key, such as `number` or `email`; absent: any. */
  | { what: "record-by-key"; value: string; kind?: string }
  | { what: "local-id"; system: string; canonicalId: string }
  | { what: "canonical-id"; system: string; localId: string }
  | { what: "live"; system: string; canonicalId: string }
  | { what: "live"; system: string; localId: string }
);

/** An id, the hub's own record, or what a system holds in the hub's words. */
export type LookupResult = string | FoundRecord | LiveRecord;
export type FoundRecord = { canonicalId: string; version: number; archived: boolean; body: Body };
/** `canonicalId`: where the hub knows the record. */
export type LiveRecord = { localId: string; canonicalId?: string; body: Body };

export type CallRequest = {
  messageId: string;
  system: string;
  operation: string;
  /** As the adapter's manifest describes them. */
  args: JsonObject;
  /** Commands of one system and business key are done one after the other. */
  businessKey: string;
  idempotencyKey: string;
  /** How long a command may take until it has timed out; of a query, how long an answer is waited for, at most 20 s. */
  deadlineMs: number;
  /** When a command fails. `block`: a person decides before anything else of its key is done. `skip`: the flow goes on. */
  onFailure: "block" | "skip";
};

export type CallReply =
  | { kind: "done"; result: JsonObject }
  | { kind: "refused"; text: string; field?: string; value?: Json; accepts?: string }
  /** `retryAfterMs`: of a query, when the system may be asked again. */
  | { kind: "timed-out"; text: string; retryAfterMs?: number };

export type NotifyRequest = {
  messageId: string;
  onceKey: string;
  /** `mail` to addresses, `hook` to web hooks by their configured names, `console` to whoever looks at the page. */
  way: "mail" | "hook" | "console";
  to: string[];
  subject: string;
  /** A text; of a hook, any JSON. */
  body: Json;
};
