import { expect, test } from "vitest";
import { killEverywhere, tableOf } from "./kills.ts";

const HITS_PER_STEP = 1;

test("a hub on embedded defaults that is killed in any step loses nothing and doubles nothing", async () => {
  const report = await killEverywhere("embedded", HITS_PER_STEP);
  console.log(tableOf({ embedded: report }));
  expect(report).toMatchObject({ standing: [], faults: [], inDoubt: 0, deadLetters: 0, openIntents: 0 });
}, 600_000);
