import { expect, test } from "vitest";
import { SET_UP_MS } from "../set-up.ts";
import { restoreTryton, type TrytonRestoreTimes } from "./tryton-restore.ts";

/** A real Tryton is put back to an earlier day while people go on working in the CRM. */
export function tellTrytonRestore(times: TrytonRestoreTimes): void {
  const timeoutMs = SET_UP_MS + 2 * (times.beforeMs + times.ageMs + times.afterMs);
  test(
    "a Tryton that is restored from an older copy: nothing is doubled or lost, every party under another's local id is listed",
    async () => {
      const report = await restoreTryton(times);
      console.log(
        JSON.stringify({
          ...report,
          mismatched: report.mismatched.length,
          listedMismatched: report.listedMismatched.length,
        }),
      );
      expect(report.younger).toBeGreaterThan(0);
      expect(report.mismatched.length).toBeGreaterThan(0);
      expect(report.listedMismatched).toEqual(expect.arrayContaining(report.mismatched));
      expect(report.left).toEqual([]);
      expect(report.differences).toEqual([]);
      expect(report.persons).toMatchObject({ inDoubt: 0, deadLetters: 0 });
    },
    timeoutMs,
  );
}
