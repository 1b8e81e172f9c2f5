import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Ticker } from "../../src/ticker.ts";
import { until } from "../services/until.ts";

test("rounds follow one another and never run side by side", async () => {
  let [rounds, inside, most] = [0, 0, 0];
  const ticker = new Ticker(async () => {
    inside += 1;
    most = Math.max(most, inside);
    await sleep(5);
    inside -= 1;
    rounds += 1;
  }, 1);
  ticker.start();
  await until("there were some", () => rounds >= 3);
  await ticker.stop();
  expect(most).toBe(1);
});

test("stopping tells the round under way, waits for it, and lets no other begin", async () => {
  let [begun, ended] = [0, 0];
  const ticker = new Ticker(async (signal) => {
    begun += 1;
    while (!signal.aborted) await sleep(1);
    await sleep(20);
    ended += 1;
  }, 1);
  ticker.start();
  await until("it has begun", () => begun === 1);
  await ticker.stop();
  expect(ended).toBe(1);
  await sleep(20);
  expect(begun).toBe(1);
});
