import { afterAll, beforeAll, expect, test } from "vitest";
import { loadConfig } from "../../../src/config/load-config.ts";
import { type Star, startStar } from "./star.ts";

let star: Star;
beforeAll(async () => {
  const { entities } = loadConfig("nave.config.yaml", {});
  const { customer } = entities;
  if (!customer) throw new Error("the demonstration has customers");
  const deletes = { ...customer.deletes, deleteAgainstEdit: "edit" } as const;
  star = await startStar({ store: "postgres", entities: { customer: { ...customer, deletes } } });
});
afterAll(() => star?.close());

async function inErp(number: string) {
  return (await star.erp.all("customer")).find((one) => one["CustNo"] === number);
}

/** Somebody adds a note in the CRM while the record goes in the ERP, both while no hub looks. */
async function editWhile(number: string, goes: (id: string) => Promise<unknown>): Promise<string> {
  const crm = await star.crm.insert("customer", { displayName: number, customerNumber: number });
  await star.quiet();
  const id = String((await inErp(number))?.["Id"]);
  await star.stopHub();
  await star.crm.edit("customer", crm, { notes: "added" });
  await goes(id);
  await star.startHub();
  await star.quiet();
  return crm;
}

test("where edits win, a record that got a field elsewhere while it was removed is made again", async () => {
  const crm = await editWhile("WINS-1", (id) => star.erp.remove("customer", id));
  expect(await star.crm.get("customer", crm)).not.toHaveProperty("archived");
  expect(await inErp("WINS-1")).toMatchObject({ Memo: "added" });
});

test("one that is there still, out of use, is left to a person, who is told what is in the way", async () => {
  const crm = await editWhile("WINS-2", (id) => star.erp.edit("customer", id, { Blocked: true }));
  expect(await star.crm.get("customer", crm)).not.toHaveProperty("archived");
  expect(await inErp("WINS-2")).toMatchObject({ Blocked: true });
  const letters = await star.running.hub.db.query(
    "select code, text from nave.dead_letter where state = 'open'",
  );
  expect(letters).toEqual([
    { code: "NAVE_RECORD_REFUSED", text: expect.stringContaining("CustNo WINS-2 is taken") },
  ]);
});
