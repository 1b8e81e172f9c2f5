import { expect, test } from "vitest";
import { BREAKS, SHOWS } from "../chaos/star/breaks.ts";
import { tableOf } from "../chaos/star/report.ts";
import { runMode } from "../chaos/star/run-mode.ts";

const WORK_MS = 40_000;
const REST_WITHIN_MS = 45_000;

test.each(BREAKS)(
  "a hub that lacks one mechanism does not pass: %s",
  async (without) => {
    const { mode, as } = SHOWS[without];
    const report = await runMode({
      mode,
      seed: 1,
      durationMs: WORK_MS,
      without,
      restWithinMs: REST_WITHIN_MS,
    });
    console.log(tableOf(report));
    expect(report[as]).not.toEqual([]);
  },
  600_000,
);
