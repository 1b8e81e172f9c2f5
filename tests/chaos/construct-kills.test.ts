import { expect, test } from "vitest";
import { killInsideConstructs, tableOfConstructs } from "./constructs/kills.ts";

test("a hub that is killed while messages are inside its flows' constructs has, in the end, done at the target what the flow says, once", async () => {
  const report = await killInsideConstructs("distributed", {
    kills: 6,
    aimedAtEach: 1,
    busyAtEach: 0,
    underWayEach: 2,
    livesMs: 300,
    patienceMs: 300,
  });
  console.log(tableOfConstructs(report));
  expect(report).toMatchObject({ standing: [], faults: [], deadLetters: [] });
}, 300_000);
