import { runFloor } from "../floor/run-floor.ts";
import { flowFolder } from "../stage/hub.ts";
import { type BenchStar, type StarPlan, untilArrived, untilPolled, withStar } from "../stage/star.ts";
import type { Figures, Run, Workload } from "./workload.ts";

export const TWO_SYSTEMS: StarPlan = {
  flows: [flowFolder("customer-sync")],
  systems: {
    crm: { adapter: "bench-crm", entities: { customer: { take: true } } },
    erp: { adapter: "bench-erp", entities: { customer: { give: true } } },
  },
};

const WARM_UP = 1000;

/**
 * Customers committed in the CRM all at once, until the ERP holds the last one: durable acceptance, matching, merge, cross
 * reference, trace, confirmed delivery. A thousand before them warm both programs up.
 */
export const customerSync: Workload = {
  name: "a",
  title: "customer sync, CRM to ERP",
  unit: "records/s",
  records: 20_000,
  async run(run) {
    const nave = await withStar(run.mode, TWO_SYSTEMS, (star) => measure(star, run));
    if (run.mode === "embedded") return nave;
    const { floor, raw, rawBroker, rawDatabase } = await runFloor(run.records, run.say);
    return {
      ...nave,
      floor,
      details: {
        ...nave.details,
        "nave / floor": (nave.nave ?? 0) / floor,
        "floor without systems, records/s": raw,
        "floor / floor without systems": floor / raw,
        "broker alone, records/s": rawBroker,
        "database alone, records/s": rawDatabase,
      },
    };
  },
};

async function measure(star: BenchStar, { records, say }: Run): Promise<Figures> {
  await untilPolled(star, "crm", "customer");
  say("warming up");
  await star.systems.seed("customer", records + 1, WARM_UP);
  await untilArrived(star, ["erp", "customer"], WARM_UP);
  const cpuBefore = star.hub.process.cpuSeconds() ?? 0;
  const started = await star.systems.seed("customer", 1, records);
  const ended = await untilArrived(star, ["erp", "customer"], records + WARM_UP, (size) =>
    say(`${size - WARM_UP} of ${records} customers are in the ERP`),
  );
  const cpu = (star.hub.process.cpuSeconds() ?? 0) - cpuBefore;
  const memory = star.hub.process.memory();
  return {
    nave: records / ((ended - started) / 1000),
    ...(memory === undefined ? {} : { rssMb: memory.peakMb }),
    details: { records, "processor time of the hub, us/record": (cpu / records) * 1e6 },
  };
}
