import { setTimeout as sleep } from "node:timers/promises";
import type { LatencyReport } from "../simulator/latencies.ts";
import { Systems } from "../stage/systems.ts";
import { withFloor } from "./run-floor.ts";

const WARM_UP_SECONDS = 5;

/** From the source's commit to the target's through the floor, at an even rate, after five seconds of the same. */
export async function floorLatencies(ratePerSecond: number, seconds: number): Promise<LatencyReport> {
  const systems = await Systems.start();
  const warm = ratePerSecond * WARM_UP_SECONDS;
  const records = warm + ratePerSecond * seconds;
  try {
    return await withFloor(records, { systemsUrl: systems.url, targets: ["erp"] }, async (floor) => {
      floor.tell("go");
      const order = { entity: "customer", ratePerSecond };
      await systems.push({ ...order, from: 1, seconds: WARM_UP_SECONDS });
      while ((await systems.stats("erp", "customer")).size < warm) await sleep(50);
      await systems.measureLatencies();
      await systems.push({ ...order, from: 1 + warm, seconds });
      await floor.line();
      return systems.latencies();
    });
  } finally {
    await systems.end();
  }
}
