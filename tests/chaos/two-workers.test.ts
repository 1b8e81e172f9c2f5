import { expect, test } from "vitest";
import { stopInMidWrite } from "./stop-and-go.ts";
import { killOneOfTwo } from "./take-over.ts";

test("a worker stopped in mid-write past its claims and let go later neither doubles nor turns back what the other has written", async () => {
  for (const report of await stopInMidWrite([1, 2]))
    expect(report).toMatchObject({ wrong: [], doubled: [], dead: 0 });
}, 180_000);

test("one of two workers is killed in mid-run: the other takes over within five seconds, in order per record", async () => {
  const report = await killOneOfTwo(20, 12);
  console.log(report);
  expect(report).toMatchObject({ outOfOrder: 0, wrong: 0 });
  expect(report.readAgainMs).toBeLessThan(5000);
  expect(report.longestGapMs).toBeLessThan(5000);
}, 180_000);
