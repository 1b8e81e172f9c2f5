import { expect, test } from "vitest";
import { redeploy } from "../core/hub/redeploys.ts";

test("100 redeploys at 500 messages a second: none lost, doubled, gone astray, failed, or delayed by more than a second", async () => {
  const figures = await redeploy({ deploys: 100, everyMs: 1500, messagesPerSecond: 500 });
  console.log(JSON.stringify(figures));
  expect(figures.messages).toBeGreaterThan(50_000);
  expect(figures).toMatchObject({ lost: 0, doubled: 0, astray: 0, failed: 0 });
  expect(figures.delayMs.max).toBeLessThan(1000);
});
