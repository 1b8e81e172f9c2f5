import { expect, test } from "vitest";
import type { Mode } from "../chaos/modes.ts";
import { readRegressions } from "../chaos/star/regressions.ts";
import { countFaults, type ModeReport, tableOf } from "../chaos/star/report.ts";
import { runMode, SHORT_RUN_MS } from "../chaos/star/run-mode.ts";

const REST_WITHIN_MS = 180_000;

/** The newest seed that this mode has failed with. */
function run(mode: Mode): Promise<ModeReport> {
  const seed = readRegressions().findLast((one) => one.mode === mode)?.seed ?? 1;
  return runMode({ mode, seed, durationMs: SHORT_RUN_MS, restWithinMs: REST_WITHIN_MS });
}

const NOTHING = {
  lost: [],
  doubled: [],
  inDoubt: [],
  deadLetters: [],
  standing: [],
  unprovoked: [],
  unexpectedEnds: [],
};

test("of the whole star, harmed two hundred times in two modes, nothing is lost, doubled or left undecided", async () => {
  const [distributed, embedded] = await Promise.all([run("distributed"), run("embedded")]);
  for (const report of [distributed, embedded]) {
    console.log(tableOf(report));
    expect(report).toMatchObject(NOTHING);
    expect(report.conflictsFound).toBe(report.conflictsExpected);
    expect(report.offered).toBeGreaterThan(200);
  }
  const faults = countFaults(distributed) + countFaults(embedded);
  const hubsKilled = countFaults(distributed, "hub killed") + countFaults(embedded, "hub killed");
  expect(faults).toBeGreaterThanOrEqual(200);
  expect(hubsKilled).toBeGreaterThanOrEqual(20);
  expect(countFaults(distributed, "broker killed")).toBeGreaterThanOrEqual(3);
  expect(countFaults(distributed, "database killed")).toBeGreaterThanOrEqual(3);
}, 600_000);
