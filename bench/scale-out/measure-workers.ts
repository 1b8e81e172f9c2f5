import { setTimeout as sleep } from "node:timers/promises";
import { HEARTBEAT_MS } from "../../src/store/workers.ts";
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
  /** What a new record costs: tickets of the broker, processor time of all workers, and in the database. */
  perNewRecord: { tickets: number; cpuSeconds: number } & DatabaseUse;
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
  const seen = { systems, hub, say };
  await untilPolled(seen, "crm", "customer");
  say("warming up");
  await systems.seed("customer", records + 1, WARM_UP);
  await untilArrived(seen, ["erp", "customer"], WARM_UP);
  const look = () => readParts(hub.client, [hub.process, ...workers]);
  const [before, databaseBefore] = [await look(), await readDatabaseUse(databaseUrl)];
  const created = await moveNewRecords(seen, records);
  const [between, databaseBetween] = [await look(), await readDatabaseUse(databaseUrl)];
  const changed = await moveChanges(seen, records);
  const [door, ...parts] = used(before, await look());
  const ofNew = used(before, between).slice(1);
  const tickets = sumOf(parts, "tickets");
  const { deadLetters, inDoubt } = await hub.client.get<Status>("/api/status");
  return {
    workers: workers.length,
    records,
    created,
    changed,
    door: { cpuSeconds: door?.cpuSeconds ?? Number.NaN },
    parts: parts.map((part) => ({ ...part, share: part.tickets / tickets })),
    perNewRecord: {
      tickets: sumOf(ofNew, "tickets") / records,
      cpuSeconds: sumOf(ofNew, "cpuSeconds") / records,
      transactions: (databaseBetween.transactions - databaseBefore.transactions) / records,
      rows: (databaseBetween.rows - databaseBefore.rows) / records,
      bytes: (databaseBetween.bytes - databaseBefore.bytes) / records,
    },
    arrivals: await systems.arrivals("erp", "customer"),
    deadLetters,
    inDoubt,
  };
}

type Seen = { systems: Systems; hub: BenchProcesses["hub"]; say: (text: string) => void };

/** @returns records a second. */
async function moveNewRecords(seen: Seen, records: number): Promise<number> {
  const begun = await seen.systems.seed("customer", 1, records);
  const ended = await untilArrived(seen, ["erp", "customer"], records + WARM_UP, (size) =>
    seen.say(`${size - WARM_UP} of ${records} new customers are in the ERP`),
  );
  return records / ((ended - begun) / 1000);
}

/** @returns changes a second; those that a newer one overtakes count as well. */
async function moveChanges(seen: Seen, records: number): Promise<number> {
  const begun = await seen.systems.seed("customer", 1, records);
  for (let change = 1; change < CHANGES; change += 1) {
    await sleep(BETWEEN_CHANGES_MS);
    await seen.systems.seed("customer", 1, records);
  }
  await untilNewest(seen);
  const { lastCommitMs } = await seen.systems.stats("erp", "customer");
  return (records * CHANGES) / ((lastCommitMs - begun) / 1000);
}

/** Resolves when every record in the ERP is in the revision in which it is in the CRM. */
async function untilNewest({ systems, hub, say }: Seen): Promise<void> {
  for (const deadline = Date.now() + ARRIVE_WITHIN_MS; ; ) {
    const { notNewest, missing } = await systems.arrivals("erp", "customer");
    if (notNewest + missing === 0) return;
    say(`${notNewest} customers are not in their newest revision in the ERP`);
    if (Date.now() > deadline)
      throw new Error(`${notNewest} customers stay in an older revision: ${await reasonOf(hub)}`);
    await sleep(250);
  }
}

type Use = Omit<PartFigures, "share">;

function used(before: readonly Use[], after: readonly Use[]): Use[] {
  return after.map((use, index) => ({
    cpuSeconds: use.cpuSeconds - (before[index]?.cpuSeconds ?? 0),
    tickets: use.tickets - (before[index]?.tickets ?? 0),
  }));
}

function sumOf(parts: readonly Use[], what: keyof Use): number {
  return parts.reduce((sum, part) => sum + part[what], 0);
}

/** Processor time and tickets of each of these processes since its start; tickets are told with each sign of life. */
async function readParts(
  client: BenchProcesses["hub"]["client"],
  children: readonly Child[],
): Promise<Use[]> {
  await sleep(2 * HEARTBEAT_MS);
  const { processes } = await client.get<Status>("/api/status");
  return children.map((child) => {
    const found = processes.find(({ id }) => id?.includes(`-${child.pid}-`));
    return { cpuSeconds: child.cpuSeconds() ?? Number.NaN, tickets: found?.tickets ?? 0 };
  });
}
