import type { JsonObject } from "../../adapter-kit/contract.ts";
import type { Body } from "../../canonical/types.ts";
import type { ErrorCode } from "../../errors.ts";
import type { DeriveRequest, MergeOutcome, WishRequest } from "../hub-port.ts";

/** One case of a flow, read from a file under `flows/<name>/cases/`: docs/flows.md, "Testing a flow". */
export type FlowCase = { title: string; given: Given; steps: Step[] };

/** The world that the flow meets. */
export type Given = {
  /** By name; a system that is not named takes nothing. */
  systems: Record<string, GivenSystem>;
  /** What the hub holds already. */
  records: GivenRecord[];
};
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
export type Step = { event: StepEvent; merge: MergeAnswer | undefined; expect: Expectation | undefined };

export const EVENT_KINDS = ["observed", "changed", "rerun"] as const;
export type StepEvent = Observed | Renewed;
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
export const EFFECT_KINDS = ["wishes", "derived", "rejections", "failures"] as const;
export type EffectKind = (typeof EFFECT_KINDS)[number];

export type Effects = {
  wishes: Omit<WishRequest, "messageId">[];
  derived: Omit<DeriveRequest, "messageId">[];
  rejections: { text: string; owner: string }[];
  /** `node`: its name, or its id where it has none. */
  failures: { code: string; text: string; node: string }[];
  /** Every message of the step was settled. */
  settled: boolean;
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
