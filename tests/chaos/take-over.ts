import { setTimeout as sleep } from "node:timers/promises";
import { outOfOrder, readerOf, startTwoWorkers, stock } from "./two-workers-story.ts";

export type TakeOverReport = {
  /** From the kill to the next write that arrives at the target. */
  firstWriteMs: number;
  /** The longest time after the kill without any write arriving. */
  longestGapMs: number;
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
    const end = Date.now() + seconds * 1000;
    const killAt = Date.now() + seconds * 250;
    const victim = await readerOf(bed, "crm");
    while (Date.now() < end) {
      const id = ids[version % ids.length] ?? "";
      version += 1;
      await bed.star.crm.edit("customer", id, { notes: `version ${version}` });
      if (killedAt === 0 && Date.now() > killAt) {
        killedAt = Date.now();
        versionAtKill = version;
        await victim.kill();
      }
      await sleep(EDIT_EVERY_MS);
    }
    await bed.settled();
    const after = bed.arrivals.filter(({ at }) => at > killedAt);
    const times = [killedAt, ...after.map(({ at }) => at).filter((at) => at < end)];
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? at));
    const again = Map.groupBy(
      after.filter((one) => one.version > versionAtKill),
      ({ id }) => id,
    );
    const crm = await bed.texts("crm");
    const erp = await bed.texts("erp");
    return {
      firstWriteMs: gaps[0] ?? Number.POSITIVE_INFINITY,
      longestGapMs: Math.max(...gaps),
      allRecordsMs: Math.max(...[...again.values()].map(([first]) => (first?.at ?? 0) - killedAt)),
      writes: bed.arrivals.length,
      outOfOrder: outOfOrder(bed.arrivals).length,
      wrong: [...crm].filter(([number, text]) => erp.get(number) !== text).length,
    };
  } finally {
    await bed.close();
  }
}
