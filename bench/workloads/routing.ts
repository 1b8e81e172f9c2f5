import { fileURLToPath } from "node:url";
import { floorRate } from "../floor/run-floor.ts";
import { type BenchStar, type StarPlan, untilArrived, untilPolled, withStar } from "../stage/star.ts";
import type { Figures, Run, Workload } from "./workload.ts";

/** In the order of the kinds of customers. */
export const TARGETS = ["business", "dealers", "public"];

const PLAN: StarPlan = {
  flows: [fileURLToPath(new URL("../flows/customer-by-kind", import.meta.url))],
  systems: {
    crm: { adapter: "bench-crm", entities: { customer: { take: true } } },
    ...Object.fromEntries(
      TARGETS.map((name) => [name, { adapter: "bench-erp", entities: { customer: { give: true } } }]),
    ),
  },
};
const WARM_UP = 900;

/** Customers all at once, each to one of three systems by its kind, until the last of them is there. */
export const routing: Workload = {
  name: "b",
  title: "routing by content to three targets",
  unit: "records/s",
  records: 20_000,
  async run(run) {
    const nave = await withStar(run.mode, PLAN, (star) => measure(star, run));
    if (run.mode === "embedded") return nave;
    run.say("the floor");
    return { ...nave, floor: await floorRate(run.records, TARGETS) };
  },
};

async function measure(star: BenchStar, { records, say }: Run): Promise<Figures> {
  await untilPolled(star, "crm", "customer");
  say("warming up");
  await star.systems.seed("customer", records + 1, WARM_UP);
  await arrived(star, records + 1, WARM_UP, new Map());
  const before = new Map<string, number>();
  for (const name of TARGETS) before.set(name, (await star.systems.stats(name, "customer")).size);
  const started = await star.systems.seed("customer", 1, records);
  const ended = await arrived(star, 1, records, before);
  const memory = star.hub.process.memory();
  return {
    nave: records / ((ended - started) / 1000),
    ...(memory === undefined ? {} : { rssMb: memory.peakMb }),
    details: { records },
  };
}

/** @returns when the last of these customers was committed in its target. */
async function arrived(
  star: BenchStar,
  from: number,
  count: number,
  before: ReadonlyMap<string, number>,
): Promise<number> {
  const shares = TARGETS.map((_, kind) => shareOf(kind, from, count));
  const ends = TARGETS.map((name, kind) =>
    untilArrived(star, [name, "customer"], (before.get(name) ?? 0) + (shares[kind] ?? 0)),
  );
  return Math.max(...(await Promise.all(ends)));
}

/** How many of the numbers `from` to `from + count - 1` are of this kind. */
export function shareOf(kind: number, from: number, count: number): number {
  const upTo = (n: number) => Math.floor((n - kind + TARGETS.length) / TARGETS.length);
  return upTo(from + count - 1) - upTo(from - 1);
}
