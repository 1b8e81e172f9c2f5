import { expect, test } from "vitest";
import { planEdits } from "./plan-edits.ts";
import { type Fault, planFaults } from "./plan-faults.ts";
import { SHORT_RUN_MS } from "./run-mode.ts";

const SEEDS = Array.from({ length: 100 }, (_, index) => index + 1);

test("the same seed plans the same faults and edits, another one others", () => {
  const plan = (seed: number) => [planFaults(seed, "distributed", 2, 30_000), planEdits(seed, 30_000)];
  expect(plan(7)).toEqual(plan(7));
  expect(plan(7)).not.toEqual(plan(8));
});

test("a short run has in both modes what it must have, whatever the seed", () => {
  for (const seed of SEEDS) {
    const distributed = planFaults(seed, "distributed", 2, SHORT_RUN_MS);
    const embedded = planFaults(seed, "embedded", 1, SHORT_RUN_MS);
    const both = [...distributed, ...embedded];
    const least: [Fault[], string, number][] = [
      [both, "", 200],
      [both, "hub killed", 20],
      [distributed, "broker killed", 3],
      [distributed, "database killed", 3],
      // What a hub without its intents, its overlap or its completion trips over.
      [distributed, "hub killed with a create under way", 4],
      [distributed, "edits committed late", 10],
      [embedded, "hub killed in a step", 1],
    ];
    const tooFew = least.filter(([plan, kind, count]) => countOf(plan, kind) < count);
    expect(tooFew.map(([, kind]) => `seed ${seed}: ${kind}`)).toEqual([]);
  }
});

function countOf(faults: readonly Fault[], kind: string): number {
  return faults.filter((fault) => fault.kind.startsWith(kind)).length;
}
