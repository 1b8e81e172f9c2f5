import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listConflicts } from "../../../src/store/conflicts.ts";
import { backUpStore, type StoreBackup } from "../../chaos/store-backup.ts";
import { crmCustomer } from "./customers.ts";
import { type Star, startStar } from "./star.ts";

let star: Star;
let backup: StoreBackup | undefined;
beforeAll(async () => {
  star = await startStar({ store: "postgres" });
});
afterAll(async () => {
  await backup?.drop();
  await star?.close();
});

const memo = async (id: string) => (await star.erp.get("customer", id))?.["Memo"];
const conflicts = async () =>
  (await listConflicts(star.running.hub.db, "all", 10)).map(({ path, offered, kept }) => ({
    path,
    values: [offered, kept].toSorted(),
  }));

/** A customer whose note both agreed on when the copy was made, then changed to "B" in both, and back in the CRM only. */
async function changedAndChangedBack(n: number): Promise<{ crm: string; erp: string }> {
  const crm = await star.crm.insert("customer", { ...crmCustomer(n), notes: "A" });
  await star.quiet();
  const erp = String((await star.erp.all("customer")).find((one) => one["CustNo"] === `C${n}`)?.["Id"]);
  await star.stopHub();
  await backup?.drop();
  backup = await backUpStore(star.config);
  await star.startHub();
  await star.crm.edit("customer", crm, { notes: "B" });
  await star.quiet();
  expect(await memo(erp)).toBe("B");
  await star.stopHub();
  await star.crm.edit("customer", crm, { notes: "A" });
  await backup.restore();
  return { crm, erp };
}

test("a hub that finds its store put back says where systems disagree; afterwards it works as ever", async () => {
  const { crm, erp } = await changedAndChangedBack(1);
  await star.startHub();
  await star.quiet();
  expect(await memo(erp)).toBe((await star.crm.get("customer", crm))?.["notes"]);
  expect(await conflicts()).toEqual([{ path: "note", values: ["A", "B"] }]);
  await star.erp.edit("customer", erp, { Memo: "C" });
  await star.quiet();
  expect(await star.crm.get("customer", crm)).toMatchObject({ notes: "C" });
  expect(await conflicts()).toHaveLength(1);
});

test("where nothing beside the store tells of the restore, an operator does", async () => {
  const before = (await conflicts()).length;
  await changedAndChangedBack(2);
  await rm(join(star.config.hub.dataDir, "life.json"));
  await star.startHub({ restored: true });
  await star.quiet();
  expect((await conflicts()).slice(0, 1)).toEqual([{ path: "note", values: ["A", "B"] }]);
  expect(await conflicts()).toHaveLength(before + 1);
});
