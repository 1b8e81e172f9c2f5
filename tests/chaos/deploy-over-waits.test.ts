import { expect, test } from "vitest";
import { deployOverWaits } from "./deploy-over-waits-story.ts";

test("a deploy while calls take long and questions are open, then both hubs killed: what waits goes on in its version, once", async () => {
  // The call is sent again while the ERP is still at it.
  const report = await deployOverWaits({ limits: { timeoutMs: 60_000, settleMs: 1000 } });
  console.log(JSON.stringify(report));
  expect(report.names).toEqual(["Ada, approved in v1", "Bo, approved in v1", "Cy, in v2", "Di, in v2"]);
  expect(report).toMatchObject({ reserved: 2022, reservations: 6, olderWhileOpen: 1, deadLetters: [] });
}, 300_000);
