import type { Role } from "../../access/accounts.ts";
import type { Json, JsonObject } from "../../adapter-kit/contract.ts";
import type { Body } from "../../canonical/types.ts";
import type { ErrorCode } from "../../errors.ts";
import type { CallRequest, DeriveRequest, MergeOutcome, NotifyRequest, WishRequest } from "../hub-port.ts";

/** One case of a flow, read from a file under `flows/<name>/cases/`: docs/flows.md, "Testing a flow". */
export type FlowCase = { title: string; given: Given; steps: Step[] };

/** The world that the flow meets. */
export type Given = {
  /** By name; a system that is not named takes nothing. */
  systems: Record<string, GivenSystem>;
  /** What the hub holds already. */
  records: GivenRecord[];
  /** What systems and the hub answer when they are asked. */
  answers: GivenAnswer[];
  /** What the clock shows at first. */
  now: Date;
};
export type GivenAnswer = CallAnswer | LookupAnswer;
/** To a query or a command, one of the two; without `refused` and `timedOut`, it is done. */
export type CallAnswer = {
  system: string;
  query?: string;
  command?: string;
  /** Of calls with these arguments; those that are not named may be anything. */
  args?: JsonObject;
  reply?: JsonObject;
  refused?: string;
  timedOut?: string;
};
/** To a lookup with these properties; without `found`, there is no such thing. */
export type LookupAnswer = { lookup: JsonObject; found?: Json };
export type GivenSystem = { takes: string[] };
export type GivenRecord = {
  entity: string;
  canonicalId: string;
  version: number;
  body: Body;
  archived: boolean;
  /** Under which local id which system has it. */
  localIds: Record<string, string>;
};

/** One thing that happens, and what comes of it; without `expect`, nobody looks. */
export type Step = {
  event: StepEvent;
  merge: MergeAnswer | undefined;
  /** Those of the step come before those that are given. */
  answers: GivenAnswer[];
  expect: Expectation | undefined;
};

export const EVENT_KINDS = ["observed", "changed", "rerun", "after", "decided"] as const;
export type StepEvent = Observed | Renewed | TimePasses | Decided;
export type TimePasses = { kind: "after"; ms: number };
/** A person answers the open question that these properties name. */
export type Decided = {
  kind: "decided";
  question?: string;
  node?: string;
  key?: string;
  by: string;
  role: Role;
  decision: "approved" | "rejected";
  values: JsonObject;
  comment?: string;
};
export type Observed = {
  kind: "observed";
  entity: string;
  system: string;
  localId: string;
  body: Body;
  deleted: boolean;
};
export type Renewed = {
  kind: "changed" | "rerun";
  entity: string;
  canonicalId: string;
  /** Absent: the record as it stands. */
  body?: Body;
};

/** What `merge` answers in place of what it would by itself. */
export type MergeAnswer = Partial<MergeOutcome> | { fails: ErrorCode };

/** What a flow does, by kind. Everything that a case can expect is here, in the words of its file. */
export const EFFECT_KINDS = [
  "wishes",
  "derived",
  "amended",
  "commands",
  "notifications",
  "waits",
  "rejections",
  "failures",
] as const;
export type EffectKind = (typeof EFFECT_KINDS)[number];

export type Effects = {
  wishes: Omit<WishRequest, "messageId">[];
  derived: Omit<DeriveRequest, "messageId">[];
  /** `body`: the changes. */
  amended: { entity: string; canonicalId: string; body: JsonObject }[];
  commands: Pick<CallRequest, "system" | "operation" | "args">[];
  notifications: Omit<NotifyRequest, "messageId" | "onceKey">[];
  waits: WaitEffect[];
  rejections: { text: string; owner: string }[];
  /** `node`: its name, or its id where it has none. */
  failures: { code: string; text: string; node: string }[];
  /** Every message of the step was settled. */
  settled: boolean;
};

/** What has been put on record to go on later. `node`: its name, or its id where it has none. */
export type WaitEffect = {
  kind: "collect" | "deadline" | "approve" | "undo step" | "undo all";
  node: string;
  key: string;
  /** RFC 3339 UTC. */
  due?: string;
  /** Of `approve`. */
  question?: string;
  candidates?: string[];
  mode?: "any" | "all";
};

/** One effect as the case asks for it: properties it does not name may be anything. */
export type Expected = {
  properties: JsonObject;
  /** `body` is all there is, not a part. */
  exact: boolean;
};
/** All that the flow does in a step, in any order. */
export type Expectation = Record<EffectKind, Expected[]> & { settled?: boolean };

/** One place in which what is there is not what was expected; absent: nothing. */
export type Deviation = { path: string; expected?: unknown; found?: unknown };

/** How a flow did not do what was expected: `expected` alone is missing, `found` alone was not asked for. */
export type Miss = {
  kind: EffectKind | "settled";
  expected?: unknown;
  /** What comes nearest to what was expected. */
  found?: unknown;
  differences: Deviation[];
};

/** What became of one case. */
export type CaseReport = {
  /** Relative to the folder of flows. */
  file: string;
  title: string;
  passed: boolean;
  /** Why it could not be run, or not to its end. */
  problem?: string;
  misses: (Miss & { step: number })[];
  /** Warnings and errors that were logged meanwhile. */
  log: string[];
};

export type FlowReport = { flow: string; version: string; cases: CaseReport[] };
