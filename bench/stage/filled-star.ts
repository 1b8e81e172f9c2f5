import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { type Fill, multiplyRecords } from "../fill/multiply-records.ts";
import { KINDS } from "../simulator/records.ts";
import type { Run } from "../workloads/workload.ts";
import { type BenchStar, untilArrived, untilPolled } from "./star.ts";

/** The customers whose rows are copied; their digits occur nowhere else. */
export const LIKE = 73_912_641;

/** Lets the customers whose rows will be copied take their way through the hub. */
export async function takeModels(star: BenchStar): Promise<void> {
  await untilPolled(star, "crm", "customer");
  await star.systems.seed("customer", LIKE, KINDS.length);
  await untilArrived(star, ["erp", "customer"], KINDS.length);
  // The messages of the last writes are settled within the next turns.
  await sleep(2000);
}

/** Customers that hub, source and target have had for long, without the time that it takes to move them. */
export async function fill(star: BenchStar, wanted: Omit<Fill, "like">, say: Run["say"]): Promise<void> {
  await onDatabase(star, async (client) => {
    await multiplyRecords(client, { ...wanted, like: LIKE }, say);
    say("the systems are filled");
    await fillSystems(client, star, wanted);
  });
}

export async function onDatabase<T>(
  { services }: BenchStar,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  if (services.databaseUrl === undefined) throw new Error("only a store on PostgreSQL can be filled");
  const client = new Client({ connectionString: services.databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Puts the same customers into the systems. The marks of the hub's polls are moved past them before; a poll that is under way
 * then finds its own mark moved, and begins again.
 */
async function fillSystems(
  client: Client,
  { systems }: BenchStar,
  { from, count }: Omit<Fill, "like">,
): Promise<void> {
  for (const system of ["crm", "erp"]) {
    const { commits } = await systems.stats(system, "customer");
    await client.query(
      `update nave.checkpoint set value = jsonb_set(value, '{after}', to_jsonb($2::int)), revision = revision + 1
       where system = $1 and entity = 'customer'`,
      [system, commits + count],
    );
  }
  await systems.fill("erp", LIKE, from, count);
}
