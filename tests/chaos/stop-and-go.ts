import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../services/until.ts";
import { startTwoWorkers, stock, writerNow } from "./two-workers-story.ts";

/** What is seen in the end: by customer number, the text in the ERP; and how often a number is there. */
export type StopReport = { expected: string; wrong: string[]; doubled: string[]; dead: number };

/**
 * Stops the worker that has a write on the wire for longer than its claims last, lets the other take over with a newer
 * version, and lets the first go on. Again with each seed: with updates or creates, held back at the ERP for longer or shorter.
 */
export async function stopInMidWrite(seeds: readonly number[]): Promise<StopReport[]> {
  const bed = await startTwoWorkers();
  const reports: StopReport[] = [];
  try {
    const ids = await stock(bed, 5);
    for (const seed of seeds) {
      const [older, newer] = [`version ${seed * 10 + 1}`, `version ${seed * 10 + 2}`];
      const isCreate = seed % 2 === 0;
      const held = bed.holdNext(200 + ((seed * 397) % 1500));
      if (isCreate)
        ids.push(
          ...(await bed.star.crm.seed("customer", [
            { displayName: `Late ${seed}`, customerNumber: `L-${seed}`, notes: older },
          ])),
        );
      const edit = (notes: string) =>
        Promise.all(ids.map((id) => bed.star.crm.edit("customer", id, { notes })));
      if (!isCreate) await edit(older);
      await held;
      const stopped = await writerNow(bed);
      stopped.signal("SIGSTOP");
      await edit(newer);
      const isThere = async () => [...(await bed.texts("erp")).values()].every((text) => text === newer);
      await until(`the other worker has brought ${newer}`, isThere, 60_000);
      stopped.signal("SIGCONT");
      // It reads the answer that has been waiting, and commits what it can.
      await sleep(1500);
      await bed.settled();
      const numbers = (await bed.star.erp.all("customer")).map((one) => String(one["CustNo"]));
      const [row] = await bed.db.query<{ count: number }>(
        "select count(*)::int as count from nave.dead_letter where state = 'open'",
      );
      reports.push({
        expected: newer,
        wrong: [...(await bed.texts("erp")), ...(await bed.texts("crm"))]
          .filter(([, text]) => text !== newer)
          .map(([number, text]) => `${number}: ${text}`),
        doubled: numbers.filter((number, index) => numbers.indexOf(number) !== index),
        dead: row?.count ?? 0,
      });
    }
    return reports;
  } finally {
    await bed.close();
  }
}
