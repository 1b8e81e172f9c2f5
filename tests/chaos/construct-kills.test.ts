import { expect, test } from "vitest";
import { killInsideConstructs, tableOfConstructs } from "./constructs/kills.ts";

const PLAN = { kills: 3, aimedAtEach: 1, busyAtEach: 0, underWayEach: 2, livesMs: 500, patienceMs: 8000 };

test("a hub that is killed while messages are inside constructs of its flows has done at the target, in the end, what the flow says, once", async () => {
  const report = await killInsideConstructs("distributed", PLAN);
  console.log(tableOfConstructs(report));
  expect(report).toMatchObject({ standing: [], faults: [], deadLetters: [] });
  expect(Math.max(...Object.values(report.hits).map(({ inside }) => inside))).toBeGreaterThan(0);
}, 300_000);
