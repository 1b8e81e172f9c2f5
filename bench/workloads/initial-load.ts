import { floorRate } from "../floor/run-floor.ts";
import { MemoryWatch } from "../stage/memory-watch.ts";
import { untilArrived, withStar } from "../stage/star.ts";
import { TWO_SYSTEMS } from "./customer-sync.ts";
import type { Figures, Run, Workload } from "./workload.ts";

/** The source is full before the hub meets it; measured from the hub's start until the ERP holds the last record. */
export const initialLoad: Workload = {
  name: "d",
  title: "initial load of customers",
  unit: "records/s",
  records: 1_000_000,
  async run(run) {
    const nave = await load(run);
    if (run.mode === "embedded") return nave;
    run.say("the floor");
    return { ...nave, floor: await floorRate(run.records) };
  },
};

async function load({ mode, records, say }: Run): Promise<Figures> {
  let seeded = 0;
  const prepare = async ({ systems }: { systems: { seed: Seed } }) => {
    seeded = await systems.seed("customer", 1, records);
  };
  return withStar(mode, { ...TWO_SYSTEMS, prepare }, async (star) => {
    const watch = new MemoryWatch(star.hub.process);
    const ended = await untilArrived(star, ["erp", "customer"], records, (size) => {
      watch.look(size);
      say(`${size} of ${records} customers are in the ERP, ${watch.latest} MB`);
    });
    return {
      nave: records / ((ended - seeded) / 1000),
      ...watch.highest(),
      details: { records, ...watch.growth() },
      plots: [watch.plot("Memory over the initial load", "customers in the ERP")],
    };
  });
}

type Seed = (entity: string, from: number, count: number) => Promise<number>;
