import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../services/until.ts";
import { type Star, startStar } from "./star.ts";

const SETTLE_MS = 1500;

let star: Star;
beforeAll(async () => {
  star = await startStar({
    store: "postgres",
    systems: {
      erp: { limits: { settleMs: SETTLE_MS, timeoutMs: 1000 } },
      crm: { limits: { settleMs: SETTLE_MS, timeoutMs: 1000 } },
    },
  });
});
afterAll(() => star?.close());

async function inErp(number: string) {
  return (await star.erp.all("customer")).find((one) => one["CustNo"] === number);
}

async function idInErp(number: string): Promise<string> {
  await until("the ERP has it", async () => (await inErp(number)) !== undefined);
  return String((await inErp(number))?.["Id"]);
}

async function creations(system: "crm" | "erp" = "erp"): Promise<number> {
  const ledger = await star[system].ledger();
  return ledger.filter(({ entity, kind }) => entity === "customer" && kind === "create").length;
}

describe.each([
  ["removed", (id: string) => star.erp.remove("customer", id)],
  ["blocked", (id: string) => star.erp.edit("customer", id, { Blocked: true })],
] as const)("a customer %s in the ERP before the hub found out that its write had arrived", (how, end) => {
  test("is gone everywhere, and not made again, though it had just been made", async () => {
    const before = await creations();
    await star.erp.misbehave({ lostAfterWriteNext: 1 });
    const number = `NEW-${how}`;
    const crm = await star.crm.insert("customer", { displayName: "Goes at once", customerNumber: number });
    await end(await idInErp(number));
    await star.quiet();
    expect(await star.crm.get("customer", crm)).toMatchObject({ archived: true });
    expect((await creations()) - before).toBe(1);
  });

  test("is gone everywhere, and not made again, though it had just been changed", async () => {
    const before = await creations();
    const number = `OLD-${how}`;
    const crm = await star.crm.insert("customer", { displayName: "Goes at once", customerNumber: number });
    await star.quiet();
    await star.erp.misbehave({ lostAfterWriteNext: 1 });
    await star.crm.edit("customer", crm, { notes: "changed" });
    await until("the ERP has the change", async () => (await inErp(number))?.["Memo"] === "changed");
    await end(await idInErp(number));
    await star.quiet();
    expect(await star.crm.get("customer", crm)).toMatchObject({ archived: true });
    expect((await creations()) - before).toBe(1);
  });
});

test("a system that tells nothing of what is gone need not: a poll had seen the new record there", async () => {
  const before = await creations("crm");
  await star.crm.misbehave({ lostAfterWriteNext: 1 });
  const erp = await star.erp.insert("customer", { Name1: "Seen once", CustNo: "SEEN-1", CustKind: "F" });
  const { db } = star.running.hub;
  const seen =
    "select local_id as id from nave.message where system = 'crm' and native->>'customerNumber' = 'SEEN-1'";
  await until("a poll has seen it", async () => (await db.query(seen)).length > 0);
  const [record] = await db.query<{ id: string }>(seen);
  await star.crm.remove("customer", record?.id ?? "");
  await star.running.pollers.get("crm")?.hint("customer", [record?.id ?? ""]);
  await star.quiet();
  expect(await star.erp.get("customer", erp)).toMatchObject({ Blocked: true });
  expect((await creations("crm")) - before).toBe(1);
});
