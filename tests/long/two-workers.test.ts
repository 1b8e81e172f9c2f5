import { expect, test } from "vitest";
import { stopInMidWrite } from "../chaos/stop-and-go.ts";
import { killOneOfTwo } from "../chaos/take-over.ts";

test("a worker is stopped in mid-write and let go, again with eight seeds: nothing doubled, nothing turned back", async () => {
  const reports = await stopInMidWrite([1, 2, 3, 4, 5, 6, 7, 8]);
  for (const report of reports) expect(report).toMatchObject({ wrong: [], doubled: [], dead: 0 });
});

test("one of two workers is killed, five times, with more records and for longer: taken over within five seconds, in order", async () => {
  for (let round = 0; round < 5; round += 1) {
    const report = await killOneOfTwo(100, 30);
    console.log(report);
    expect(report).toMatchObject({ outOfOrder: 0, wrong: 0 });
    expect(report.readAgainMs).toBeLessThan(5000);
    expect(report.longestGapMs).toBeLessThan(5000);
  }
});
