import { test } from "vitest";
import type { Misbehaviour } from "../../src/adapter-kit/simulation/misbehaviour.ts";
import type { Bed } from "./bed.ts";

type Promised = (title: string, body: () => Promise<void> | void) => void;

/** `test` where the condition holds; elsewhere the promise is skipped, counted, and says why in its title. */
export function given(condition: unknown, reason: string): Promised {
  const isGiven = condition !== undefined && condition !== false;
  const suffix = isGiven ? "" : ` [skipped: ${reason}]`;
  return (title, body) => test.runIf(isGiven)(`${title}${suffix}`, body);
}

/** `test` for a far side that can be made to misbehave in these ways. */
export function when(bed: Bed, ...misbehaviours: (keyof Misbehaviour)[]): Promised {
  return given(bed.has(...misbehaviours), `the far side has no switch ${misbehaviours.join(", ")}`);
}
