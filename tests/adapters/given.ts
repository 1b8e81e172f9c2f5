import { test } from "vitest";
import type { Misbehaviour } from "../../src/adapter-kit/simulation/misbehaviour.ts";
import type { Bed } from "./bed.ts";

type Promised = (title: string, body: () => Promise<void> | void) => void;

/**
 * `test` where the condition holds. Elsewhere the adapter makes no such promise, by its manifest or its harness, and there is
 * nothing to test: it is left out, not skipped.
 */
export function given(condition: unknown): Promised {
  return condition !== undefined && condition !== false ? test : () => {};
}

/** `test` for a far side that can be made to misbehave in these ways. */
export function when(bed: Bed, ...misbehaviours: (keyof Misbehaviour)[]): Promised {
  return given(bed.has(...misbehaviours));
}
