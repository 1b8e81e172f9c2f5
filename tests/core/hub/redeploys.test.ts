import { expect, test } from "vitest";
import { redeploy } from "./redeploys.ts";

test("6 redeploys of a flow while messages go through it: none lost, doubled, gone astray, failed or held up", async () => {
  const figures = await redeploy({ deploys: 6, everyMs: 800, messagesPerSecond: 100 });
  console.log(JSON.stringify(figures));
  expect(figures.messages).toBeGreaterThan(300);
  expect(figures).toMatchObject({ lost: 0, doubled: 0, astray: 0, failed: 0 });
  // The promise is a second, measured on a machine of its own; this one is shared.
  expect(figures.delayMs.max).toBeLessThan(5000);
}, 120_000);
