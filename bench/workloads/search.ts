import { createHistogram } from "node:perf_hooks";
import { crmRecord, digitsOf } from "../simulator/records.ts";
import { fill, onDatabase, takeModels } from "../stage/filled-star.ts";
import { type BenchStar, withStar } from "../stage/star.ts";
import { TWO_SYSTEMS } from "./customer-sync.ts";
import type { Figures, Run, Workload } from "./workload.ts";

const STORIES = 5;
const SEARCHES = 200;

/**
 * Whole stories of customers by what a person would type (number, name, e-mail, local id), among so many messages; one after the
 * other, over HTTP. The floor is the same row found in one indexed query.
 */
export const search: Workload = {
  name: "f",
  title: "search by business key",
  unit: "ms (p99)",
  records: 5_000_000,
  run: (run) =>
    withStar("distributed", TWO_SYSTEMS, async (star) => {
      await takeModels(star);
      const customers = Math.ceil(run.records / STORIES);
      await fill(star, { from: 1, count: customers, stories: STORIES }, run.say);
      return searchAmong(star, run, customers);
    }),
};

async function searchAmong(star: BenchStar, run: Run, customers: number): Promise<Figures> {
  const all = createHistogram();
  const details: Figures["details"] = { "messages stored": await countMessages(star) };
  for (const [kind, keyOf] of Object.entries(KEYS)) {
    run.say(`searching by ${kind}`);
    const ofKind = createHistogram();
    for (let index = 0; index < SEARCHES / 4; index += 1) {
      const tookUs = await timed(() =>
        star.hub.client.get("/api/trace", { key: keyOf(pick(customers, index)) }),
      );
      for (const histogram of [all, ofKind]) histogram.record(tookUs);
    }
    details[`by ${kind}, p99 ms`] = ofKind.percentile(99) / 1000;
  }
  const memory = star.hub.process.memory();
  return {
    nave: all.percentile(99) / 1000,
    floor: await lookUp(star, customers),
    p50: all.percentile(50) / 1000,
    p99: all.percentile(99) / 1000,
    ...(memory === undefined ? {} : { rssMb: memory.peakMb }),
    details,
  };
}

/** What is known of the n-th customer, as a person would type it. */
const KEYS: Record<string, (n: number) => string> = {
  "customer number": (n) => `C-${digitsOf(n)}`,
  name: (n) => crmRecord("customer", n, 1)["displayName"] as string,
  "e-mail": (n) => `office@c${digitsOf(n)}.example`,
  "local id": (n) => `a-${digitsOf(n)}`,
};

/** Spread over all, none twice in a row, the same in every run. */
function pick(customers: number, index: number): number {
  return 1 + ((index * 7_368_787) % customers);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return Math.max(1, Math.round((performance.now() - started) * 1000));
}

async function countMessages(star: BenchStar): Promise<number> {
  return onDatabase(star, async (client) => {
    const { rows } = await client.query<{ count: string }>("select count(*) from nave.message");
    return Number(rows[0]?.count);
  });
}

/** The hops of one customer by its number, by hand. @returns the 99th percentile in milliseconds. */
async function lookUp(star: BenchStar, customers: number): Promise<number> {
  return onDatabase(star, async (client) => {
    const histogram = createHistogram();
    for (let index = 0; index < SEARCHES; index += 1) {
      const value = KEYS["customer number"]?.(pick(customers, index + 1)).toLowerCase();
      const text = `select h.* from nave.business_key b join nave.hop h on (h.entity, h.canonical_id) = (b.entity, b.canonical_id)
        where b.value = $1`;
      histogram.record(await timed(() => client.query(text, [value])));
    }
    return histogram.percentile(99) / 1000;
  });
}
