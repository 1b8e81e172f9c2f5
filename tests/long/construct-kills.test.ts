import { expect, test } from "vitest";
import { CONSTRUCTS } from "../chaos/constructs/drawn.ts";
import { killInsideConstructs, tableOfConstructs } from "../chaos/constructs/kills.ts";
import type { Mode } from "../chaos/modes.ts";

const KILLS = 200;
const INSIDE = 10;
const MODES: Mode[] = ["embedded", "distributed"];

test.each(MODES)(
  "%s: killed 200 times while messages are inside each construct, the hub has done at the target what a model of the flow says",
  async (mode) => {
    const plan = {
      kills: KILLS,
      aimedAtEach: INSIDE,
      busyAtEach: KILLS,
      underWayEach: 4,
      livesMs: 1000,
      patienceMs: 8000,
    };
    const report = await killInsideConstructs(mode, plan, ({ kills, hits }) => {
      const fewest = Math.min(...CONSTRUCTS.map((construct) => hits[construct].branch));
      if (kills % 10 === 0)
        console.log(`${mode}: ${kills} kills, ${fewest} at the least with a message in a construct`);
    });
    console.log(tableOfConstructs(report));
    expect(report).toMatchObject({ standing: [], faults: [], deadLetters: [] });
    for (const construct of CONSTRUCTS) {
      expect(report.hits[construct].branch).toBeGreaterThanOrEqual(KILLS);
      expect(report.hits[construct].inside).toBeGreaterThanOrEqual(INSIDE);
    }
  },
  10_800_000,
);
