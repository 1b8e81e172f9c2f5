import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ReconcileReport, reconcile } from "../../../src/reconcile/reconcile.ts";
import { applyRepair, planRepair } from "../../../src/reconcile/repair.ts";
import { pauseSystem } from "../../../src/store/system-states.ts";
import { until } from "../../services/until.ts";
import { crmCustomer } from "../hub/customers.ts";
import { editPastEverything, removeRow, takeBackYoungest } from "../hub/drifts.ts";
import { hubWrites, type Star, startStar } from "../hub/star.ts";

const NUMBERS = ["C1", "C2", "C3", "C4", "C5"];
const NEVER = { reconcileAfterQuietMs: 86_400_000, reconcileEveryMs: 86_400_000 };

let folder: string;
let file: string;
let star: Star;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nave-restored-"));
  file = join(folder, "erp.db");
  star = await startStar({ store: "postgres", erp: { file }, hub: NEVER });
  await star.crm.seed(
    "customer",
    [1, 2, 3, 4, 5].map((n) => ({ ...crmCustomer(n), notes: "of today" })),
  );
  await star.quiet();
});
afterAll(async () => {
  await star?.close();
  await rm(folder, { recursive: true, force: true });
});

async function setPaused(by: string | null): Promise<void> {
  const { db, systems } = star.running.hub;
  await pauseSystem(db, "erp", by);
  await until("the hub knows", () => systems.get("erp")?.paused === (by !== null));
}

async function compare(): Promise<ReconcileReport> {
  const [report] = await reconcile(star.running.hub, "erp", "customer");
  if (!report) throw new Error("no report");
  return report;
}

const idOf = async (number: string) =>
  String((await star.erp.all("customer")).find((one) => one["CustNo"] === number)?.["Id"]);
const memo = async (id: string) => (await star.erp.get("customer", id))?.["Memo"];

test("after a restore of a system the hub puts back what it has: no old value is taken for an edit, nothing is made twice", async () => {
  const erp = { server: star.erp, file };
  const [unseen, polled, gone, blocked] = [
    await idOf("C1"),
    await idOf("C2"),
    await idOf("C3"),
    await idOf("C4"),
  ];
  await setPaused("Ann");
  editPastEverything(erp, unseen, "Memo", "of yesterday", "note");
  await star.erp.edit("customer", polled, { Memo: "of yesterday", Web: "https://yesterday.example" });
  removeRow(erp, gone);
  await star.erp.edit("customer", blocked, { Blocked: true });

  const report = await compare();
  const plan = await planRepair(star.running.hub, report.id, "hub");
  expect(plan.map(({ localId, action }) => `${localId} ${action}`).toSorted()).toEqual(
    [
      `${unseen} put back`,
      `${polled} put back`,
      `${polled} put back`,
      `${gone} write again`,
      `${blocked} leave`,
    ].toSorted(),
  );
  expect(plan.find(({ action }) => action === "leave")?.text).toContain("bring it back by hand");
  expect(await memo(unseen)).toBe("of yesterday");
  await star.erp.edit("customer", blocked, { Blocked: false });

  const writes = { crm: await hubWrites(star.crm), erp: await hubWrites(star.erp) };
  expect(await applyRepair(star.running.hub, report.id, "Ann", "hub")).toBe(4);
  expect(await hubWrites(star.erp)).toBe(writes.erp);
  await setPaused(null);
  await star.quiet();
  expect([await memo(unseen), await memo(polled)]).toEqual(["of today", "of today"]);
  expect((await star.erp.get("customer", polled))?.["Web"]).not.toBe("https://yesterday.example");
  expect((await star.erp.all("customer")).map((one) => one["CustNo"]).toSorted()).toEqual(NUMBERS);
  expect(await hubWrites(star.erp)).toBe(writes.erp + 3);
  expect(await hubWrites(star.crm)).toBe(writes.crm);
  expect((await star.crm.all("customer")).map((one) => one["notes"])).toEqual(
    Array.from({ length: 5 }, () => "of today"),
  );
  expect((await compare()).findings).toEqual([]);
});

/** The record lives on under another local id, as when it is entered again after a restore. */
function moveTo(id: string, from: string): void {
  const database = new DatabaseSync(file);
  try {
    database
      .prepare(
        "update record set id = ?, native = json_set(native, '$.Id', ?) where entity = 'customer' and id = ?",
      )
      .run(id, id, from);
  } finally {
    database.close();
  }
}

test("a record entered again under another's local id is linked by its key; its old values are put back, and both are there once", async () => {
  const erp = { server: star.erp, file };
  const [one, two] = [await idOf("C4"), await idOf("C5")];
  await setPaused("Ann");
  removeRow(erp, one);
  moveTo(one, two);
  const crmId = (await star.crm.all("customer")).find((each) => each["customerNumber"] === "C5")?.["id"];
  await star.crm.edit("customer", String(crmId), { notes: "of this hour" });
  const report = await compare();
  expect(report.findings.map(({ kind, localId }) => `${kind} ${localId}`).toSorted()).toEqual(
    [`mismatched-reference ${one}`, `missing ${two}`].toSorted(),
  );
  expect(await applyRepair(star.running.hub, report.id, "Ann", "hub")).toBe(2);
  await setPaused(null);
  await star.quiet();
  expect((await star.erp.all("customer")).map((each) => each["CustNo"]).toSorted()).toEqual(NUMBERS);
  expect(await star.erp.get("customer", one)).toMatchObject({ CustNo: "C5", Memo: "of this hour" });
  expect(await star.crm.get("customer", String(crmId))).toMatchObject({ notes: "of this hour" });
  expect((await compare()).findings).toEqual([]);
});

test("what somebody changes there afterwards is an edit again", async () => {
  const id = await idOf("C2");
  await star.erp.edit("customer", id, { Memo: "of tomorrow" });
  await star.quiet();
  expect((await star.crm.all("customer")).map((one) => one["notes"])).toContain("of tomorrow");
  expect(await memo(id)).toBe("of tomorrow");
});

test("a system that comes back as another database lacks records: a gap to be filled, not deletes", async () => {
  removeRow({ server: star.erp, file }, await idOf("C5"));
  await star.running.hub.db.query(
    "update nave.system_state set generation = 'of before' where system = 'erp'",
  );
  await star.stopHub();
  await star.startHub();
  await until("it is in recovery", () => star.running.hub.systems.get("erp")?.inRecovery === true);
  await star.quiet();
  expect(await star.crm.all("customer")).toHaveLength(5);
  const report = await compare();
  expect(report.findings).toMatchObject([{ kind: "missing" }]);
  await applyRepair(star.running.hub, report.id, "Ann", "hub");
  await star.quiet();
  expect((await star.erp.all("customer")).map((one) => one["CustNo"]).toSorted()).toEqual(NUMBERS);
});

test("an id that the system gives out a second time is the new record's; the one before is made there again by itself", async () => {
  const youngest =
    (await star.erp.all("customer"))
      .map((one) => String(one["Id"]))
      .toSorted()
      .at(-1) ?? "";
  const before = await star.erp.get("customer", youngest);
  takeBackYoungest({ server: star.erp, file }, youngest);
  await star.crm.insert("customer", crmCustomer(6));
  await star.quiet();
  expect(await star.erp.get("customer", youngest)).toMatchObject({ CustNo: "C6" });
  expect((await star.erp.all("customer")).map((one) => one["CustNo"]).toSorted()).toEqual([...NUMBERS, "C6"]);
  const again = (await star.erp.all("customer")).find((one) => one["CustNo"] === before?.["CustNo"]);
  await star.erp.edit("customer", String(again?.["Id"]), { Memo: "of the next day" });
  await star.quiet();
  expect((await star.crm.all("customer")).map((one) => one["notes"])).toContain("of the next day");
  expect((await compare()).findings).toEqual([]);
});
