import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import type { EntityConfig, FieldRule } from "../../../src/config/types.ts";
import { settleConflict } from "../../../src/merge/decide-conflict.ts";
import { dropDeadLetter, retryDeadLetter } from "../../../src/receive/dead-letter-actions.ts";
import { settleDeleteHold } from "../../../src/receive/decide-deletes.ts";
import { type Conflict, listConflicts } from "../../../src/store/conflicts.ts";
import { selectCanonicalIds } from "../../../src/store/cross-references.ts";
import { listDeadLetters } from "../../../src/store/dead-letters.ts";
import { listDeleteHolds } from "../../../src/store/delete-holds.ts";
import { countPending } from "../../../src/telemetry/counts.ts";
import { until } from "../../services/until.ts";
import { crmCustomer, customerName } from "./customers.ts";
import { hubWrites, type Star, startStar } from "./star.ts";

let star: Star;
const hub = () => star.running.hub;

async function startWith(change: Partial<EntityConfig>): Promise<void> {
  const { customer } = loadConfig("nave.config.yaml", { NAVE_DATA: "/nowhere" }).entities;
  star = await startStar({ store: "postgres", entities: { customer: { ...customer, ...change } } });
}

const ASK_ABOUT_WEBSITES: FieldRule[] = [
  { fields: ["*"], rule: "newest" },
  { fields: ["website"], rule: "ask" },
];

type Pair = { crm: string; erp: string };

async function newCustomer(n: number, more: JsonObject = {}): Promise<Pair> {
  const crm = await star.crm.insert("customer", { ...crmCustomer(n), ...more });
  await star.quiet();
  return { crm, erp: await erpIdOf(`C${n}`) };
}

async function erpIdOf(number: string): Promise<string> {
  const found = (await star.erp.all("customer")).find((one) => one["CustNo"] === number);
  return String(found?.["Id"]);
}

/** Both systems change the field while the hub is away; answers the open question about it. */
async function dispute(ids: Pair, crm: JsonObject, erp: JsonObject): Promise<Conflict> {
  await star.stopHub();
  await star.crm.edit("customer", ids.crm, crm);
  await star.erp.edit("customer", ids.erp, erp);
  await star.startHub();
  await star.quiet();
  const [conflict, ...more] = await listConflicts(hub().db, "open", 10);
  expect(more).toEqual([]);
  return conflict as Conflict;
}

const websites = async (ids: Pair) => [
  (await star.crm.get("customer", ids.crm))?.["website"],
  (await star.erp.get("customer", ids.erp))?.["Web"],
];

describe("a field about which a person is asked", () => {
  beforeAll(() => startWith({ rules: ASK_ABOUT_WEBSITES }));
  afterAll(() => star?.close());

  test.each(["taken", "kept"] as const)(
    "a disputed field is frozen on both sides, all others go on; once it is %s, both sides hold the same",
    async (decision) => {
      const ids = await newCustomer(decision === "taken" ? 1 : 2);
      const conflict = await dispute(ids, { website: "https://crm.example" }, { Web: "https://erp.example" });
      expect(conflict).toMatchObject({ path: "website", rule: "ask" });
      expect(await websites(ids)).toEqual(["https://crm.example", "https://erp.example"]);
      await star.crm.edit("customer", ids.crm, { displayName: "Renamed meanwhile" });
      await star.quiet();
      expect(await star.erp.get("customer", ids.erp)).toMatchObject({
        Name1: "Renamed meanwhile",
        Web: "https://erp.example",
      });

      await settleConflict(hub(), conflict.id, decision, "Ann");
      await star.quiet();
      const winner = decision === "taken" ? conflict.offered : conflict.kept;
      expect(await websites(ids)).toEqual([winner, winner]);
      await expect(settleConflict(hub(), conflict.id, decision, "Bob")).rejects.toThrow("no open conflict");
    },
  );

  test("a question about a field answers itself when both sides come to agree, and follows the latest offer", async () => {
    const ids = await newCustomer(3);
    const first = await dispute(ids, { website: "https://crm.example" }, { Web: "https://erp.example" });
    const offerer = first.system === "crm" ? star.crm : star.erp;
    const [id, field] = first.system === "crm" ? [ids.crm, "website"] : [ids.erp, "Web"];
    await offerer.edit("customer", id, { [field]: "https://second-thought.example" });
    await star.quiet();
    const [second, ...more] = await listConflicts(hub().db, "open", 10);
    expect(more).toEqual([]);
    expect(second).toMatchObject({ offered: "https://second-thought.example" });
    await offerer.edit("customer", id, { [field]: String(first.kept) });
    await star.quiet();
    expect(await listConflicts(hub().db, "open", 10)).toEqual([]);
    expect(await websites(ids)).toEqual([first.kept, first.kept]);
  });
});

describe("dead letters and deletes", () => {
  beforeAll(() => startWith({}));
  afterAll(() => star?.close());

  async function refusedCustomer(n: number): Promise<{ crm: string; letter: string }> {
    const crm = await star.crm.insert("customer", { ...crmCustomer(n), vatNumber: "DE12" });
    await star.quiet();
    const [letter, ...more] = await listDeadLetters(hub().db, 10);
    expect(more).toEqual([]);
    return { crm, letter: letter?.id ?? "" };
  }

  test("a dead letter that is retried in vain comes back; one that is dropped stays away until its record changes", async () => {
    const { crm, letter } = await refusedCustomer(10);
    await retryDeadLetter(hub(), letter, "Ann");
    await until("it is back", async () =>
      (await listDeadLetters(hub().db, 10)).some((one) => one.id !== letter),
    );
    const [again] = await listDeadLetters(hub().db, 10);
    await dropDeadLetter(hub(), again?.id ?? "", "Ann");
    await star.quiet();
    expect(await listDeadLetters(hub().db, 10)).toEqual([]);
    expect(await erpIdOf("C10")).toBe("undefined");
    await expect(dropDeadLetter(hub(), again?.id ?? "", "Ann")).rejects.toThrow("dropped already");
    await star.crm.edit("customer", crm, { vatNumber: "DE123456789" });
    await star.quiet();
    expect(await star.erp.get("customer", await erpIdOf("C10"))).toMatchObject({ TaxId: "DE123456789" });
  });

  test("what its mapping refused is retried after a person has corrected nothing, and dropped, without touching others", async () => {
    const broken = {
      addresses: [{ id: "a1", role: "BILL", street: "x 1", zip: "1", town: "y", countryCode: "QX" }],
    };
    const crm = await star.crm.insert("customer", { ...crmCustomer(11), ...broken });
    await star.quiet();
    const [letter] = await listDeadLetters(hub().db, 10);
    await dropDeadLetter(hub(), letter?.id ?? "", "Ann");
    const before = await hubWrites(star.erp);
    await star.quiet();
    expect(await listDeadLetters(hub().db, 10)).toEqual([]);
    expect(await hubWrites(star.erp)).toBe(before);
    await star.crm.edit("customer", crm, { notes: "still broken" });
    await star.quiet();
    expect(await listDeadLetters(hub().db, 10)).toHaveLength(1);
    await star.crm.edit("customer", crm, {
      addresses: [{ id: "a1", role: "BILL", street: "x 1", zip: "1", town: "y", countryCode: "DE" }],
    });
    await star.quiet();
    expect(await listDeadLetters(hub().db, 10)).toEqual([]);
    expect(await erpIdOf("C11")).not.toBe("undefined");
  });

  const liveInErp = async () =>
    (await star.erp.all("customer")).filter((one) => one["Blocked"] !== true).length;
  const fullScan = () => star.running.pollers.get("crm")?.scanNow("customer", true);

  test("a page that comes empty by mistake deletes nothing, and nobody is asked", async () => {
    for (let n = 100; n < 120; n += 1) await star.crm.insert("customer", crmCustomer(n));
    await star.quiet();
    const before = await liveInErp();
    await star.crm.misbehave({ emptyPageNext: 1000 });
    await expect(fullScan()).rejects.toThrow("empty page");
    await star.crm.misbehave({ emptyPageNext: 0 });
    await star.quiet();
    expect(await liveInErp()).toBe(before);
    expect(await listDeleteHolds(hub().db)).toEqual([]);
  });

  test("an empty answer that looks like the truth stops at the brake; dismissed, nothing has happened", async () => {
    const before = await liveInErp();
    await star.crm.misbehave({ emptyPageNext: 1000, notFoundForEmptyList: true });
    await fullScan();
    await star.crm.misbehave({ emptyPageNext: 0, notFoundForEmptyList: false });
    const [hold] = await listDeleteHolds(hub().db);
    expect(hold).toMatchObject({ system: "crm", entity: "customer", known: hold?.localIds.length });
    await settleDeleteHold(hub(), hold?.id ?? "", "dismissed", "Ann");
    await fullScan();
    await star.quiet();
    expect(await liveInErp()).toBe(before);
    expect(await listDeleteHolds(hub().db)).toEqual([]);
  });

  test("a mass delete that a person confirms goes its way, and no further", async () => {
    const before = await liveInErp();
    const victims = (await star.crm.all("customer")).filter((one) =>
      Array.from({ length: 15 }, (_, index) => customerName(100 + index)).includes(
        String(one["displayName"]),
      ),
    );
    for (const victim of victims) await star.crm.remove("customer", String(victim["id"]));
    await fullScan();
    await star.quiet();
    expect(await liveInErp()).toBe(before);
    const [hold] = await listDeleteHolds(hub().db);
    expect(hold?.localIds.toSorted()).toEqual(victims.map((one) => String(one["id"])).toSorted());
    await settleDeleteHold(hub(), hold?.id ?? "", "confirmed", "Ann");
    await until("nothing is pending", async () => (await countPending(hub().db)) === 0);
    await star.quiet();
    expect(await liveInErp()).toBe(before - 15);
  });
});

describe("a delete about which a person is asked", () => {
  beforeAll(() =>
    startWith({
      deletes: { onDelete: "ask", deleteAgainstEdit: "delete", brakeShare: 1, brakeMinimum: 100 },
    }),
  );
  afterAll(() => star?.close());

  test("touches nothing until decided; taken, it is archived elsewhere; kept, it is made again", async () => {
    const [gone, kept] = [await newCustomer(200), await newCustomer(201)];
    await star.crm.remove("customer", gone.crm);
    await star.crm.remove("customer", kept.crm);
    await star.running.pollers.get("crm")?.scanNow("customer", true);
    await star.quiet();
    const questions = await listConflicts(hub().db, "open", 10);
    expect(questions.map(({ path, system }) => ({ path, system }))).toEqual(
      Array.from({ length: 2 }, () => ({ path: "*", system: "crm" })),
    );
    await star.erp.edit("customer", kept.erp, { Memo: "still a customer" });
    await star.quiet();
    expect(await star.crm.all("customer")).toEqual([]);
    expect(await star.erp.get("customer", gone.erp)).not.toMatchObject({ Blocked: true });

    const ids = await selectCanonicalIds(hub().db, "customer", "erp", [gone.erp]);
    for (const { id, canonicalId } of questions)
      await settleConflict(hub(), id, canonicalId === ids.get(gone.erp) ? "taken" : "kept", "Ann");
    await star.quiet();
    expect(await star.erp.get("customer", gone.erp)).toMatchObject({ Blocked: true });
    expect(await star.erp.get("customer", kept.erp)).not.toMatchObject({ Blocked: true });
    expect(await star.crm.all("customer")).toEqual([
      expect.objectContaining({ customerNumber: "C201", notes: "still a customer" }),
    ]);
    const [again] = await star.crm.all("customer");
    await star.crm.edit("customer", String(again?.["id"]), { notes: "edited where it was made again" });
    await star.quiet();
    expect(await star.erp.get("customer", kept.erp)).toMatchObject({
      Memo: "edited where it was made again",
    });
    await star.erp.edit("customer", kept.erp, { Memo: "and in the other system" });
    await star.quiet();
    expect(await star.crm.all("customer")).toEqual([
      expect.objectContaining({ id: again?.["id"], notes: "and in the other system" }),
    ]);
  });
});
