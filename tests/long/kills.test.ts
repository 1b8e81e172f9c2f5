import { expect, test } from "vitest";
import { killEverywhere, tableOf } from "../chaos/kills.ts";
import type { Mode } from "../chaos/modes.ts";

const HITS_PER_STEP = 20;
const MODES: Mode[] = ["embedded", "distributed"];

test.each(MODES)(
  "%s: a hub that is killed twenty times in each step loses nothing and doubles nothing",
  async (mode) => {
    const report = await killEverywhere(mode, HITS_PER_STEP, (round) =>
      console.log(`${mode}: killed ${round} of ${HITS_PER_STEP} times in each step`),
    );
    console.log(tableOf({ [mode]: report }));
    expect(report.lateCommits).toBeGreaterThan(0);
    expect(report).toMatchObject({ standing: [], faults: [], inDoubt: 0, deadLetters: 0, openIntents: 0 });
  },
  7_200_000,
);
