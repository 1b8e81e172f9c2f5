import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDatabase } from "../../../src/store/open-database.ts";
import { distrustShadow } from "../../../src/store/shadows.ts";
import { until } from "../../services/until.ts";
import { type Star, startStar } from "./star.ts";

let star: Star;
beforeAll(async () => {
  star = await startStar();
});
afterAll(() => star?.close());

async function openIntents(): Promise<number> {
  const rows = await star.running.hub.db.query("select 1 from nave.intent where state = 'open'");
  return rows.length;
}

test("a value taken back while it is being written is taken back in the target too", async () => {
  const crm = await star.crm.insert("customer", {
    displayName: "Changes its mind",
    type: "COMPANY",
    customerNumber: "MIND-1",
    notes: "first",
  });
  await star.quiet();
  await star.erp.misbehave({ answerAfterMs: 400 });
  await star.crm.edit("customer", crm, { notes: "second" });
  await until("the write is under way", async () => (await openIntents()) === 1);
  await star.crm.edit("customer", crm, { notes: "first" });
  await star.quiet();
  await star.erp.misbehave({ answerAfterMs: 0 });
  await star.quiet();
  expect(await star.crm.get("customer", crm)).toMatchObject({ notes: "first" });
  expect((await star.erp.all("customer"))[0]).toMatchObject({ Memo: "first" });
});

test("a write into a record that holds text no store keeps is over once it is written", async () => {
  const crm = await star.crm.insert("customer", { displayName: "Odd text", customerNumber: "ODD-1" });
  await star.quiet();
  await star.crm.edit("customer", crm, { notes: "a\0b" });
  await star.quiet();
  const erp = (await star.erp.all("customer")).find((one) => one["CustNo"] === "ODD-1");
  await star.erp.edit("customer", String(erp?.["Id"]), { Web: "https://odd.example" });
  await star.quiet();
  expect(await star.crm.get("customer", crm)).toMatchObject({
    website: "https://odd.example",
    notes: "a\0b",
  });
});

test("an intent is recorded when its request's turn has come: the settle time counts from there", async () => {
  const crm = await star.crm.insert("customer", { displayName: "Queues", customerNumber: "QUEUE-1" });
  await star.quiet();
  const system = star.running.hub.systems.get("erp");
  const held = Promise.withResolvers<void>();
  const calls = Array.from({ length: system?.manifest.limits.concurrency ?? 0 }, () =>
    system?.ask(() => held.promise),
  );
  const isClaimed = async () => {
    const claimed = "select 1 from nave.wish where system = 'erp' and claimed_by is not null";
    return (await star.running.hub.db.query(claimed)).length > 0;
  };
  await star.crm.edit("customer", crm, { notes: "in the queue" });
  await until("the wish is claimed", isClaimed);
  await setTimeout(500);
  expect(await openIntents()).toBe(0);
  held.resolve();
  await Promise.all(calls);
  await star.quiet();
  expect((await star.erp.all("customer")).find((one) => one["CustNo"] === "QUEUE-1")).toMatchObject({
    Memo: "in the queue",
  });
});

test("what a hub that is gone was to read again, the next one reads, though no poll shows it", async () => {
  const crm = await star.crm.insert("customer", { displayName: "Read again", customerNumber: "AGAIN-1" });
  await star.quiet();
  await star.stopHub();
  // Only now: as long as the hub runs, its next poll with its overlap could read the record again.
  const store = await openDatabase({ dataDir: join(star.config.hub.dataDir, "store") });
  await distrustShadow(store, "crm", "customer", crm);
  await store.close();
  await star.crm.misbehave({ frozenStamp: "2020-01-01T00:00:00Z" });
  await star.crm.edit("customer", crm, { notes: "not to be missed" });
  await star.crm.misbehave({ frozenStamp: "" });
  await star.startHub();
  const inErp = async () => (await star.erp.all("customer")).find((one) => one["CustNo"] === "AGAIN-1");
  await until("it has been read", async () => (await inErp())?.["Memo"] === "not to be missed");
});
