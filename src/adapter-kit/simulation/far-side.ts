import type { JsonObject } from "../contract.ts";
import type { Misbehaviour } from "./misbehaviour.ts";

/** A request that the far side has served, or a write that it has committed. */
export type LedgerEntry = {
  /** Hub time, RFC 3339 UTC. */
  time: string;
  /** Route or operation, in the product's own words. */
  method: string;
  /** Canonical entity name; empty for logins and the like. */
  entity: string;
  /** Local id; empty where the request names many. */
  id: string;
  kind: "read" | "create" | "update" | "delete" | "operation" | "session" | "refused";
  /** Names of the top-level properties that a write brought. */
  fields?: string[];
  /** What a write brought, property by property as it was given; null: removed. In ledgers that keep values. */
  values?: JsonObject;
};

/** The system itself, seen past its protocol: what a person at its screen would do and see. Entities by canonical name. */
export type FarSide = {
  /** Puts in many records at once, without web hooks. Answers their local ids in order. */
  seed: (entity: string, natives: readonly JsonObject[]) => Promise<string[]>;
  /** Every record that exists, archived ones included, in the form the adapter reads. */
  all: (entity: string) => Promise<JsonObject[]>;
  get: (entity: string, id: string) => Promise<JsonObject | undefined>;
  /** Changes top-level properties as a person would; lists whole. */
  edit: (entity: string, id: string, changes: JsonObject) => Promise<void>;
  insert: (entity: string, native: JsonObject) => Promise<string>;
  remove: (entity: string, id: string) => Promise<void>;
  ledger: () => Promise<LedgerEntry[]>;
};

/** A running simulator; the switches are its own where it speaks no protocol over HTTP. */
export type SandboxServer<Switches = Misbehaviour> = FarSide & {
  url: string;
  /** What the adapter's `connect` is given to reach it. */
  settings: JsonObject;
  misbehave: (changes: Partial<Switches>) => Promise<void>;
  /** Does a piece of the product's own business as its users would (such as `ship` an order) and answers the id of what came of it. */
  act: (action: string, id: string) => Promise<string>;
  /** The switches as they stand, countdowns included. */
  misbehaviour: () => Promise<Switches>;
  close: () => Promise<void>;
};

export type SandboxOptions = {
  /** 0 or absent: any free port. */
  port?: number;
  /** SQLite file that keeps the records across restarts; absent: in memory. */
  file?: string;
  /** Where web hooks go; absent: nowhere. */
  hookUrl?: string;
  hookSecret?: string;
  misbehave?: Partial<Misbehaviour>;
  /** The ledger keeps what each write brought, not only the names of the properties. */
  keepsValues?: boolean;
};
