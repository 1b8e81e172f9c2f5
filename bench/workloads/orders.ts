import { fileURLToPath } from "node:url";
import { LINES } from "../simulator/records.ts";
import { flowFolder } from "../stage/hub.ts";
import { type BenchStar, type StarPlan, untilArrived, untilPolled, withStar } from "../stage/star.ts";
import type { Figures, Run, Workload } from "./workload.ts";

const TAKEN = { customer: { take: true }, product: { take: true }, order: { take: true } };
const GIVEN = { customer: { give: true }, product: { give: true }, order: { give: true } };
const PLAN: StarPlan = {
  flows: [
    flowFolder("customer-sync"),
    flowFolder("order-sync"),
    fileURLToPath(new URL("../flows/products", import.meta.url)),
  ],
  systems: {
    crm: { adapter: "bench-crm", entities: TAKEN },
    erp: { adapter: "bench-erp", entities: GIVEN },
  },
};
const WARM_UP = 500;

/** Orders of five lines committed before the customers they name, all new: until the ERP, which refuses nothing, holds the last order. */
export const orders: Workload = {
  name: "c",
  title: "orders of 5 lines with their customers",
  unit: "orders/s",
  records: 10_000,
  run: (run) => withStar(run.mode, PLAN, (star) => measure(star, run)),
};

async function measure(star: BenchStar, { records, say }: Run): Promise<Figures> {
  await untilPolled(star, "crm", "order");
  say("warming up");
  await star.systems.seed("product", 1, LINES);
  await untilArrived(star, ["erp", "product"], LINES);
  await commit(star, records + 1, WARM_UP);
  await untilArrived(star, ["erp", "order"], WARM_UP);
  const started = await commit(star, 1, records);
  const ended = await untilArrived(star, ["erp", "order"], WARM_UP + records, (size) =>
    say(`${size - WARM_UP} of ${records} orders are in the ERP`),
  );
  const memory = star.hub.process.memory();
  return {
    nave: records / ((ended - started) / 1000),
    ...(memory === undefined ? {} : { rssMb: memory.peakMb }),
    details: { orders: records, "customers moved with them": records },
  };
}

async function commit({ systems }: BenchStar, from: number, count: number): Promise<number> {
  const started = await systems.seed("order", from, count);
  await systems.seed("customer", from, count);
  return started;
}
