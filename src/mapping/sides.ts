import type { MappingFunctions } from "../adapter-kit/converters/converter.ts";
import type { Direction, FieldRule } from "./definition.ts";

/** Whether a rule reads from the system and writes to it. */
export type Sides = { reads: boolean; writes: boolean };

/** Whether a rule reads, writes or both, once what it leaves out is taken into account. */
export function directionOf(rule: FieldRule): Direction {
  if (rule.direction !== undefined) return rule.direction;
  return rule.constant !== undefined || rule.native === undefined ? "in" : "both";
}

/** @param functions The adapter's functions; one that is not known counts as going both ways. */
export function sidesOf(rule: FieldRule, functions: MappingFunctions): Sides {
  const direction = directionOf(rule);
  const pair = rule.function === undefined ? undefined : functions[rule.function];
  return {
    reads: direction !== "out" && (pair === undefined || pair.toCanonical !== undefined),
    writes:
      direction !== "in" &&
      rule.constant === undefined &&
      (pair === undefined || pair.toNative !== undefined),
  };
}
