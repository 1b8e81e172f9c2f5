import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../services/until.ts";
import type { HubInAProcess } from "./hub-in-a-process.ts";
import { outOfOrder, readerOf, startTwoWorkers, stock, type TwoWorkersBed } from "./two-workers-story.ts";

export type TakeOverReport = {
  /** From the kill to the next write that arrives at the target. */
  firstWriteMs: number;
  /** The longest time after the kill without any write arriving. */
  longestGapMs: number;
  /** The same before the kill: what the machine does to two workers that are well. */
  usualGapMs: number;
  /** From the kill to the beginning of that time. */
  gapFromMs: number;
  /** From the kill until another process reads the CRM. */
  readAgainMs: number;
  /** Load of the machine in the minute before the end: a busy one takes over late. */
  load: number;
  /** From the kill until the last record was there again in a version entered after it. */
  allRecordsMs: number;
  writes: number;
  outOfOrder: number;
  wrong: number;
};

const EDIT_EVERY_MS = 20;

/** Kills the worker that reads the CRM and shares the deliveries, while every record there is edited again and again. */
export async function killOneOfTwo(records: number, seconds: number): Promise<TakeOverReport> {
  const bed = await startTwoWorkers();
  try {
    const ids = await stock(bed, records);
    let version = 0;
    let killedAt = 0;
    let versionAtKill = 0;
    const begun = Date.now();
    const end = begun + seconds * 1000;
    const killAt = begun + seconds * 250;
    const victim = await readerOf(bed, "crm");
    const survivor = bed.workers.find((worker) => worker !== victim);
    let readAgain: Promise<number> | undefined;
    while (Date.now() < end) {
      const id = ids[version % ids.length] ?? "";
      version += 1;
      await bed.star.crm.edit("customer", id, { notes: `version ${version}` });
      if (killedAt === 0 && Date.now() > killAt) {
        killedAt = Date.now();
        versionAtKill = version;
        await victim.kill();
        readAgain = untilRead(bed, survivor, killedAt);
      }
      await sleep(EDIT_EVERY_MS);
    }
    await bed.settled();
    const readAgainMs = (await readAgain) ?? Number.POSITIVE_INFINITY;
    return { ...(await reportOf(bed, { begun, end, killedAt, versionAtKill })), readAgainMs };
  } finally {
    await bed.close();
  }
}

type Course = { begun: number; end: number; killedAt: number; versionAtKill: number };

async function reportOf(
  { arrivals, texts }: TwoWorkersBed,
  { begun, end, killedAt, versionAtKill }: Course,
): Promise<Omit<TakeOverReport, "readAgainMs">> {
  const times = arrivals.map(({ at }) => at).filter((at) => at >= begun && at < end);
  const before = [begun, ...times.filter((at) => at <= killedAt), killedAt];
  const after = [killedAt, ...times.filter((at) => at > killedAt)];
  const gaps = gapsOf(after);
  const longestGapMs = Math.max(...gaps);
  const again = Map.groupBy(
    arrivals.filter(({ at, version }) => at > killedAt && version > versionAtKill),
    ({ id }) => id,
  );
  const [crm, erp] = [await texts("crm"), await texts("erp")];
  return {
    firstWriteMs: gaps[0] ?? Number.POSITIVE_INFINITY,
    longestGapMs,
    usualGapMs: Math.max(...gapsOf(before)),
    gapFromMs: (after[gaps.indexOf(longestGapMs)] ?? killedAt) - killedAt,
    load: loadavg()[0] ?? 0,
    allRecordsMs: Math.max(...[...again.values()].map(([first]) => (first?.at ?? 0) - killedAt)),
    writes: arrivals.length,
    outOfOrder: outOfOrder(arrivals).length,
    wrong: [...crm].filter(([number, text]) => erp.get(number) !== text).length,
  };
}

function gapsOf(times: readonly number[]): number[] {
  return times.slice(1).map((at, index) => at - (times[index] ?? at));
}

/** Resolves when this process holds the lease of reading the CRM. @returns how long after the kill. */
async function untilRead(
  bed: TwoWorkersBed,
  survivor: HubInAProcess | undefined,
  killedAt: number,
): Promise<number> {
  await until("another process reads the CRM", async () => {
    const [lease] = await bed.db.query<{ owner: string | null }>(
      "select owner from nave.lease where partition = 'poll.crm'",
    );
    return lease?.owner?.includes(`-${survivor?.pid}-`) ?? false;
  });
  return Date.now() - killedAt;
}
