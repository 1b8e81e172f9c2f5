import { expect, test } from "vitest";
import type { Mode } from "../chaos/modes.ts";
import { restoreErp, restoreHub } from "../chaos/restore-story.ts";

const MODES: Mode[] = ["embedded", "distributed"];
const MINUTE_MS = 60_000;
const TIMES = { beforeMs: 2 * MINUTE_MS, ageMs: 60 * MINUTE_MS, afterMs: MINUTE_MS, everyMs: 1000 };

test.each(MODES)(
  "%s: a hub's store that is an hour old is restored while people work, and nothing is doubled or lost",
  async (mode) => {
    const report = await restoreHub(mode, TIMES);
    console.log(JSON.stringify({ mode, ...report }));
    expect(report.younger).toBeGreaterThan(0);
    expect(report).toMatchObject({ faults: [], standing: [], listed: [{}] });
    expect(report.persons).toMatchObject({ inDoubt: 0, deadLetters: 0, reviews: 0 });
  },
  5_400_000,
);

test("an ERP's records that are an hour old are restored while people work in the CRM, and nothing is doubled or lost; every record under another's local id is listed", async () => {
  const report = await restoreErp(TIMES);
  console.log(JSON.stringify(report));
  expect(report.mismatched).toBeGreaterThan(0);
  expect(report.listedMismatched).toHaveLength(report.mismatched);
  expect(report.listed.at(-1)).toEqual({});
  expect(report).toMatchObject({ faults: [], standing: [] });
  expect(report.persons).toMatchObject({ inDoubt: 0, deadLetters: 0 });
}, 5_400_000);
