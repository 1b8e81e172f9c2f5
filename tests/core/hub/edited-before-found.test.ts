import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../services/until.ts";
import { type Star, startStar } from "./star.ts";

const SETTLE_MS = 2500;

let star: Star;
beforeAll(async () => {
  star = await startStar({
    store: "postgres",
    systems: { erp: { limits: { settleMs: SETTLE_MS, timeoutMs: 1000 } } },
  });
});
afterAll(() => star?.close());

async function inErp(number: string) {
  return (await star.erp.all("customer")).find((one) => one["CustNo"] === number);
}

test("a name that was edited before the hub found out that its create had arrived stays, though the other system ranks first", async () => {
  await star.erp.misbehave({ lostAfterWriteNext: 1 });
  const crm = await star.crm.insert("customer", { displayName: "As created", customerNumber: "FOUND-1" });
  await until("the ERP has it", async () => (await inErp("FOUND-1")) !== undefined);
  const id = String((await inErp("FOUND-1"))?.["Id"]);
  await star.erp.edit("customer", id, { Name1: "As edited" });
  await star.quiet();
  expect(await inErp("FOUND-1")).toMatchObject({ Name1: "As edited" });
  expect(await star.crm.get("customer", crm)).toMatchObject({ displayName: "As edited" });
  expect(await star.running.hub.db.query("select path from nave.conflict")).toEqual([]);
});

test("the same for a change, of which a poll had seen that it had arrived", async () => {
  const crm = await star.crm.insert("customer", { displayName: "Before", customerNumber: "FOUND-3" });
  await star.quiet();
  await star.erp.misbehave({ lostAfterWriteNext: 1 });
  await star.crm.edit("customer", crm, { displayName: "As changed" });
  const { db } = star.running.hub;
  const hasBeenSeen = async () => {
    const query = "select 1 from nave.message where system = 'erp' and native->>'Name1' = 'As changed'";
    return (await db.query(query)).length > 0;
  };
  await until("a poll has seen it", hasBeenSeen);
  const id = String((await inErp("FOUND-3"))?.["Id"]);
  await star.erp.edit("customer", id, { Name1: "As edited" });
  await star.quiet();
  expect(await inErp("FOUND-3")).toMatchObject({ Name1: "As edited" });
  expect(await star.crm.get("customer", crm)).toMatchObject({ displayName: "As edited" });
  expect(await db.query("select path from nave.conflict")).toEqual([]);
});

test("the same for a change, where the rest of it shows that it had arrived", async () => {
  const crm = await star.crm.insert("customer", { displayName: "Before", customerNumber: "FOUND-2" });
  await star.quiet();
  await star.erp.misbehave({ lostAfterWriteNext: 1 });
  await star.crm.edit("customer", crm, { displayName: "As changed", notes: "changed with it" });
  await until("the ERP has it", async () => (await inErp("FOUND-2"))?.["Name1"] === "As changed");
  const id = String((await inErp("FOUND-2"))?.["Id"]);
  await star.erp.edit("customer", id, { Name1: "As edited" });
  await star.quiet();
  expect(await inErp("FOUND-2")).toMatchObject({ Name1: "As edited", Memo: "changed with it" });
  expect(await star.crm.get("customer", crm)).toMatchObject({ displayName: "As edited" });
  expect(await star.running.hub.db.query("select path from nave.conflict")).toEqual([]);
});
