import type { Json } from "../adapter-kit/contract.ts";
import type { FieldPath, Fields } from "../canonical/types.ts";

/** Where the value of a canonical field comes from. */
export type FieldOrigin = {
  system: string;
  /** By the source's clock where it tells it, else the hub's receipt; RFC 3339 UTC. */
  at: string;
  rule: RuleName;
  messageId: string;
};
export type Provenance = Record<FieldPath, FieldOrigin>;

export type RuleName = "only-source" | "owner" | "rank" | "newest" | "most-complete" | "ask" | "person";

/** Whether two values of a field say the same: `1.0` and `1.00` do where the schema has a decimal. */
export type SameField = (path: FieldPath, one: Json | undefined, other: Json | undefined) => boolean;

/** One system's observation against what it held before. */
export type Change = {
  system: string;
  messageId: string;
  /** What it is seen to hold now. */
  observed: Fields;
  /** What it held when it was last seen; undefined: first contact, there is no common base. */
  held: Fields | undefined;
  /** Values the hub wrote there that the system keeps in a form of its own (cut, rounded): path to the value as written. */
  written: ReadonlyMap<FieldPath, Json>;
  /** Fields this system's edits are read from. */
  reads: (path: FieldPath) => boolean;
  /** When the source says it was changed; receipt time where it says nothing. */
  at: string;
  /** Measured skew plus declared precision of the source's clock. */
  uncertaintyMs: number;
  same: SameField;
};

export type FieldDecision = {
  path: FieldPath;
  /** Absent: the system no longer has the field. */
  offered: Json | undefined;
  kept: Json | undefined;
  base: Json | undefined;
  rule: RuleName;
  /** `overruled`: not this system's field. `kept`/`taken`: both sides had changed it. `open`: a person decides. */
  decision: "overruled" | "kept" | "taken" | "open";
};

export type MergeResult = {
  fields: Fields;
  /** As they were. */
  before: Fields;
  provenance: Provenance;
  /** Canonical fields that have a new value. */
  changed: FieldPath[];
  /** Every field where the system did not simply get its way. */
  decisions: FieldDecision[];
  /** Fields in which the system was seen to hold something new. */
  moved: FieldPath[];
  /** There was no common base: what differs was decided by rule, and nobody has overwritten anybody. */
  firstContact: boolean;
};
