import { expect, test } from "vitest";
import type { Mode } from "../chaos/modes.ts";
import { restoreErp, restoreHub } from "../chaos/restore-story.ts";

const MODES: Mode[] = ["embedded", "distributed"];
const TIMES = { beforeMs: 2500, ageMs: 4000, afterMs: 1500, everyMs: 50 };

test.each(MODES)(
  "%s: a hub's store that is restored from an older copy, while people work, doubles nothing and loses nothing",
  async (mode) => {
    const report = await restoreHub(mode, TIMES);
    console.log(`${mode}: on record as conflicts: ${JSON.stringify(report.overruled)}`);
    expect(report.younger).toBeGreaterThan(0);
    expect(report).toMatchObject({ faults: [], standing: [], listed: [{}] });
    expect(report.persons).toMatchObject({ inDoubt: 0, deadLetters: 0, reviews: 0 });
  },
  400_000,
);

test("an ERP that is restored from an older copy, while people work in the CRM, doubles nothing and loses nothing; every record under another's local id is listed", async () => {
  const report = await restoreErp(TIMES);
  console.log(`listed after the restore, then after each repair: ${JSON.stringify(report.listed)}`);
  expect(report.mismatched).toBeGreaterThan(0);
  expect(report.listedMismatched).toHaveLength(report.mismatched);
  expect(report.listed.at(-1)).toEqual({});
  expect(report).toMatchObject({ faults: [], standing: [] });
  expect(report.persons).toMatchObject({ inDoubt: 0, deadLetters: 0 });
}, 400_000);
