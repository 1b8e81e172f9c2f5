import type { BenchSystems } from "./bench-systems.ts";
import { Pusher, type PushOptions } from "./pusher.ts";

type Body = { entity: string; from: number; count: number; system: string; like: number } & PushOptions;

/** What a measurement tells its systems to do, by the name of the order. */
export async function obey(systems: BenchSystems, order: string, body: Body): Promise<object> {
  if (order === "stats") return { now: performance.now(), tables: systems.stats() };
  if (order === "seed") return { at: systems.seed(body.entity, body.from, body.count) };
  if (order === "measure") {
    systems.latencies.start();
    return {};
  }
  if (order === "latencies") return systems.latencies.report();
  if (order === "arrivals") return systems.arrivals(body.system, body.entity);
  if (order === "push") return new Pusher(systems, body).run();
  if (order === "fill") {
    systems.fill(body.system, body.like, body.from, body.count);
    return {};
  }
  if (order === "drift") return drift(systems, body);
  throw new Error(`there is no order ${order}`);
}

/** Every so manieth record of the system is changed without a trace. */
function drift(systems: BenchSystems, { system, entity, count }: Body): object {
  const table = systems.table(system, entity);
  const ids = table.ids();
  const step = Math.floor(ids.length / count);
  for (let index = 0; index < count; index += 1)
    table.drift(ids[index * step] as string, { Memo: `changed behind the hub's back, ${index}` });
  return { drifted: count };
}
