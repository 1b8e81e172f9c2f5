import { expect, test } from "vitest";
import { deployOverWaits } from "../chaos/deploy-over-waits-story.ts";

test("a deploy while calls take 60 s and questions are open, then both hubs killed: what waits goes on in its version, once", async () => {
  const report = await deployOverWaits({ callMs: 60_000, limits: { timeoutMs: 70_000, settleMs: 70_000 } });
  console.log(JSON.stringify(report));
  expect(report.names).toEqual(["Ada, approved in v1", "Bo, approved in v1", "Cy, in v2", "Di, in v2"]);
  expect(report).toMatchObject({ reserved: 2022, reservations: 6, deadLetters: [] });
  expect(report.older).toEqual({ whileOpen: 1, afterwards: 0 });
  expect(report.ms.upAgain).toBeLessThan(report.ms.done);
});
