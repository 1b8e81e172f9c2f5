import { expect, test } from "vitest";
import { deployOverWaits } from "../chaos/deploy-over-waits-story.ts";

test.each([
  ["as the hub was told", { timeoutMs: 70_000, settleMs: 70_000 }],
  ["and the hub gives up after 10", { timeoutMs: 10_000, settleMs: 15_000 }],
])(
  "a deploy while calls take 60 s %s, and questions are open, then both hubs killed: what waits goes on in its version, once",
  async (_, limits) => {
    const report = await deployOverWaits({ callMs: 60_000, limits });
    console.log(JSON.stringify({ ...limits, ...report }));
    expect(report.names).toEqual(["Ada, approved in v1", "Bo, approved in v1", "Cy, in v2", "Di, in v2"]);
    expect(report).toMatchObject({ reserved: 2022, reservations: 6, olderWhileOpen: 1, deadLetters: [] });
    expect(report.ms.upAgain).toBeLessThan(report.ms.done);
  },
);
