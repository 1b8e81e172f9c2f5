import { expect, test } from "vitest";
import { readRegressions } from "../chaos/star/regressions.ts";
import { isSound, tableOf } from "../chaos/star/report.ts";
import { runMode } from "../chaos/star/run-mode.ts";

const WORK_MS = 120_000;
const REST_WITHIN_MS = 180_000;

for (const { mode, seed, was } of readRegressions()) {
  test(`${mode}, seed ${seed}: nothing is lost, doubled or left undecided (${was})`, async () => {
    const report = await runMode({ mode, seed, durationMs: WORK_MS, restWithinMs: REST_WITHIN_MS });
    console.log(tableOf(report));
    expect(isSound(report)).toBe(true);
  });
}
