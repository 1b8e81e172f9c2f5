import { setTimeout as sleep } from "node:timers/promises";
import type { Status } from "../../src/telemetry/status.ts";
import type { ArrivalReport } from "../simulator/arrivals.ts";
import type { Child } from "../stage/child.ts";
import { type BenchProcesses, startRoles } from "../stage/hub.ts";
import { deleteQueues, freshServices } from "../stage/services.ts";
import { addressed, queuesOf, reasonOf, untilArrived, untilPolled } from "../stage/star.ts";
import { Systems } from "../stage/systems.ts";
import { TWO_SYSTEMS } from "../workloads/customer-sync.ts";
import { type DatabaseUse, readDatabaseUse } from "./database-use.ts";

const WARM_UP = 500;
/** Revisions of each customer, entered this far apart: the older one is on its way when the newer is entered. */
const CHANGES = 2;
const BETWEEN_CHANGES_MS = 500;
const ARRIVE_WITHIN_MS = 10 * 60_000;

export type PartFigures = { cpuSeconds: number; tickets: number; share: number };
export type ScaleOutFigures = {
  workers: number;
  records: number;
  /** Records a second, from the first commit in the source to the last in the target. */
  created: number;
  changed: number;
  /** The process that reads and serves. */
  door: { cpuSeconds: number };
  /** The processes that work; shares are of the tickets that they took from the queues. */
  parts: PartFigures[];
  /** What one pass of a record costs those that all share: tickets of the broker, and in the database. */
  perPass: { tickets: number } & DatabaseUse;
  arrivals: ArrivalReport;
  deadLetters: number;
  inDoubt: number;
};

export function isFaultless({ arrivals, records, deadLetters, inDoubt }: ScaleOutFigures): boolean {
  const { missing, doubled, outOfOrder, notNewest } = arrivals;
  const isWhole = arrivals.records === records + WARM_UP;
  return isWhole && missing + doubled + outOfOrder + notNewest + deadLetters + inDoubt === 0;
}

/** Customers from the CRM into the ERP, new ones and then changes, through so many working processes. */
export async function measureWorkers(
  workers: number,
  records: number,
  say: (text: string) => void,
): Promise<ScaleOutFigures> {
  const systems = await Systems.start();
  const services = await freshServices();
  let processes: BenchProcesses | undefined;
  try {
    const plan = { ...TWO_SYSTEMS, services, systems: addressed(TWO_SYSTEMS.systems, systems.url) };
    processes = await startRoles(plan, workers);
    return await measure(systems, processes, services.databaseUrl, records, say);
  } finally {
    await processes?.end();
    await systems.end();
    await deleteQueues(services.prefix, queuesOf(TWO_SYSTEMS));
    await services.drop();
  }
}

async function measure(
  systems: Systems,
  { hub, workers }: BenchProcesses,
  databaseUrl: string,
  records: number,
  say: (text: string) => void,
): Promise<ScaleOutFigures> {
  const seen = { systems, hub };
  await untilPolled(seen, "crm", "customer");
  say("warming up");
  await systems.seed("customer", records + 1, WARM_UP);
  await untilArrived(seen, ["erp", "customer"], WARM_UP);
  const before = await readParts(hub.client, [hub.process, ...workers]);
  const usedBefore = await readDatabaseUse(databaseUrl);

  const seeded = await systems.seed("customer", 1, records);
  const arrived = await untilArrived(seen, ["erp", "customer"], records + WARM_UP, (size) =>
    say(`${size - WARM_UP} of ${records} new customers are in the ERP`),
  );
  const changedAt = await systems.seed("customer", 1, records);
  for (let change = 1; change < CHANGES; change += 1) {
    await sleep(BETWEEN_CHANGES_MS);
    await systems.seed("customer", 1, records);
  }
  await untilNewest(seen, say);
  const { lastCommitMs } = await systems.stats("erp", "customer");

  // The counts of tickets are on record with the next sign of life.
  await sleep(2000);
  const [door, ...parts] = await readParts(hub.client, [hub.process, ...workers]);
  const used = parts.map((part, index) => ({
    cpuSeconds: part.cpuSeconds - (before[index + 1]?.cpuSeconds ?? 0),
    tickets: part.tickets - (before[index + 1]?.tickets ?? 0),
  }));
  const tickets = used.reduce((sum, part) => sum + part.tickets, 0);
  const usedAfter = await readDatabaseUse(databaseUrl);
  // New once, and changed so often; of changes that overtake each other the hub makes one.
  const passes = records * (1 + CHANGES);
  const { deadLetters, inDoubt } = await hub.client.get<Status>("/api/status");
  return {
    workers: workers.length,
    records,
    created: records / ((arrived - seeded) / 1000),
    changed: (records * CHANGES) / ((lastCommitMs - changedAt) / 1000),
    door: { cpuSeconds: (door?.cpuSeconds ?? 0) - (before[0]?.cpuSeconds ?? 0) },
    parts: used.map((part) => ({ ...part, share: part.tickets / tickets })),
    perPass: {
      tickets: tickets / passes,
      transactions: (usedAfter.transactions - usedBefore.transactions) / passes,
      rows: (usedAfter.rows - usedBefore.rows) / passes,
      bytes: (usedAfter.bytes - usedBefore.bytes) / passes,
    },
    arrivals: await systems.arrivals("erp", "customer"),
    deadLetters,
    inDoubt,
  };
}

/** Resolves when every record in the ERP is in the revision in which it is in the CRM. */
async function untilNewest(
  { systems, hub }: { systems: Systems; hub: BenchProcesses["hub"] },
  say: (text: string) => void,
): Promise<void> {
  for (const deadline = Date.now() + ARRIVE_WITHIN_MS; ; ) {
    const { notNewest, missing } = await systems.arrivals("erp", "customer");
    if (notNewest + missing === 0) return;
    say(`${notNewest} customers are not in their newest revision in the ERP`);
    if (Date.now() > deadline)
      throw new Error(`${notNewest} customers stay in an older revision: ${await reasonOf(hub)}`);
    await sleep(250);
  }
}

/** Processor time and tickets of each of these processes since its start. */
async function readParts(
  client: BenchProcesses["hub"]["client"],
  children: readonly Child[],
): Promise<{ cpuSeconds: number; tickets: number }[]> {
  const { processes } = await client.get<Status>("/api/status");
  return children.map((child) => {
    const found = processes.find(({ id }) => id?.includes(`-${child.pid}-`));
    return { cpuSeconds: child.cpuSeconds() ?? Number.NaN, tickets: found?.tickets ?? 0 };
  });
}
