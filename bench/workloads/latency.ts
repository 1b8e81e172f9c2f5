import { setTimeout as sleep } from "node:timers/promises";
import { floorLatencies } from "../floor/floor-latencies.ts";
import type { LatencyReport } from "../simulator/latencies.ts";
import { type StarPlan, untilArrived, untilPolled, withStar } from "../stage/star.ts";
import { TWO_SYSTEMS } from "./customer-sync.ts";
import type { Figures, Run, Workload } from "./workload.ts";

export const RATE = 500;
const WARM_UP_SECONDS = 5;
const POLL_MS = 200;

/**
 * At 500 records a second, from the source's commit to the target's: pushed by the source at once, and, quoted apart, found by
 * polling five times a second. `nave` and `floor` are the 99th percentiles; the floor polls fifty times a second.
 */
export const latency: Workload = {
  name: "e",
  title: `latency at ${RATE} records a second`,
  unit: "ms (p99)",
  records: RATE * 60,
  async run(run) {
    run.say("pushed");
    const pushed = await measure(run, "pushed");
    run.say("polled");
    const polled = await measure(run, "polled");
    run.say("the floor");
    const floor = run.mode === "embedded" ? undefined : await floorLatencies(RATE, secondsOf(run));
    return figures(pushed, polled, floor);
  },
};

function secondsOf({ records }: Run): number {
  return Math.max(1, Math.round(records / RATE));
}

type Measured = { latencies: LatencyReport; rssMb?: number; refused: number };

async function measure(run: Run, way: "pushed" | "polled"): Promise<Measured> {
  return withStar(run.mode, planFor(way), async (star) => {
    const { systems, hub } = star;
    await untilPolled(star, "crm", "customer");
    const to = way === "pushed" ? { url: hub.client.url, token: hub.token } : {};
    const order = { entity: "customer", ratePerSecond: RATE, ...to };
    await systems.push({ ...order, from: 1, seconds: WARM_UP_SECONDS });
    const warm = RATE * WARM_UP_SECONDS;
    await untilArrived(star, ["erp", "customer"], warm);
    await sleep(500);
    await systems.measureLatencies();
    const { committed, refused } = await systems.push({ ...order, from: 1 + warm, seconds: secondsOf(run) });
    await untilArrived(star, ["erp", "customer"], warm + committed, (size) =>
      run.say(`${way}: ${size} of ${warm + committed}`),
    );
    const memory = hub.process.memory();
    return {
      latencies: await systems.latencies(),
      refused,
      ...(memory === undefined ? {} : { rssMb: memory.peakMb }),
    };
  });
}

/** A source that pushes is polled seldom, for what its pushes missed. */
function planFor(way: "pushed" | "polled"): StarPlan {
  const limits = { pollEveryMs: way === "pushed" ? 5000 : POLL_MS };
  const { crm, erp } = TWO_SYSTEMS.systems;
  if (!crm || !erp) throw new Error("customer sync lacks a system");
  return { ...TWO_SYSTEMS, systems: { crm: { ...crm, limits }, erp } };
}

function figures(pushed: Measured, polled: Measured, floor: LatencyReport | undefined): Figures {
  return {
    nave: pushed.latencies.p99Ms,
    p50: pushed.latencies.p50Ms,
    p99: pushed.latencies.p99Ms,
    ...(floor === undefined ? {} : { floor: floor.p99Ms }),
    ...(pushed.rssMb === undefined ? {} : { rssMb: pushed.rssMb }),
    details: {
      records: pushed.latencies.count,
      "pushes refused": pushed.refused,
      ...percentiles("pushed", pushed.latencies),
      ...percentiles(`polled every ${POLL_MS} ms`, polled.latencies),
      ...(floor === undefined ? {} : percentiles("floor, polling every 20 ms", floor)),
    },
  };
}

function percentiles(name: string, { p50Ms, p99Ms, p999Ms, maxMs }: LatencyReport): Record<string, number> {
  return {
    [`${name}, p50 ms`]: p50Ms,
    [`${name}, p99 ms`]: p99Ms,
    [`${name}, p99.9 ms`]: p999Ms,
    [`${name}, longest ms`]: maxMs,
  };
}
