import { afterAll, beforeAll, expect, test } from "vitest";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { listConflicts } from "../../../src/store/conflicts.ts";
import { listDeadLetters } from "../../../src/store/dead-letters.ts";
import { hubWrites, type Star, startStar } from "./star.ts";

let star: Star;
beforeAll(async () => {
  star = await startStar();
});
afterAll(() => star?.close());

async function newCustomer(number: string, more: JsonObject = {}): Promise<{ crm: string; erp: string }> {
  const crm = await star.crm.insert("customer", {
    displayName: `Customer ${number}`,
    type: "COMPANY",
    customerNumber: number,
    addresses: [
      { id: "a1", role: "BILL", street: "Hauptstr. 1", zip: "10115", town: "Berlin", countryCode: "DE" },
    ],
    channels: [{ id: "c1", type: "EMAIL", value: `${number.toLowerCase()}@example.com` }],
    ...more,
  });
  await star.quiet();
  const erp = (await star.erp.all("customer")).find((one) => one["CustNo"] === number);
  return { crm, erp: String(erp?.["Id"]) };
}

test("edits of different fields in two systems at the same time both survive", async () => {
  const ids = await newCustomer("TWO-1");
  await Promise.all([
    star.crm.edit("customer", ids.crm, { notes: "prefers mornings" }),
    star.erp.edit("customer", ids.erp, { Web: "https://two-1.example" }),
  ]);
  await star.quiet();
  expect(await star.crm.get("customer", ids.crm)).toMatchObject({
    notes: "prefers mornings",
    website: "https://two-1.example",
  });
  expect(await star.erp.get("customer", ids.erp)).toMatchObject({
    Memo: "prefers mornings",
    Web: "https://two-1.example",
  });
});

test("an edit of a field that the system does not own is reverted at its source", async () => {
  const ids = await newCustomer("OWN-1");
  await star.erp.edit("customer", ids.erp, { CreditLimit: "5000.00", CreditCurr: "EUR" });
  await star.quiet();
  expect(await star.crm.get("customer", ids.crm)).toMatchObject({ creditLimitCents: 500000 });
  await star.crm.edit("customer", ids.crm, { creditLimitCents: 9900000 });
  await star.quiet();
  expect(await star.crm.get("customer", ids.crm)).toMatchObject({ creditLimitCents: 500000 });
  expect(await star.erp.get("customer", ids.erp)).toMatchObject({ CreditLimit: "5000.00" });
});

test("an echo causes no write anywhere", async () => {
  const ids = await newCustomer("ECHO-1");
  const before = [await hubWrites(star.crm), await hubWrites(star.erp)];
  await star.crm.edit("customer", ids.crm, { displayName: "Customer ECHO-1" });
  await star.erp.edit("customer", ids.erp, { Name1: "Customer ECHO-1" });
  await star.quiet();
  expect([await hubWrites(star.crm), await hubWrites(star.erp)]).toEqual(before);
});

test("a target that cuts names to 30 characters never shortens them elsewhere", async () => {
  await star.erp.misbehave({ nameLimit: 30 });
  const name = "Donaudampfschifffahrtsgesellschaft mit beschränkter Haftung";
  const ids = await newCustomer("CUT-1", { displayName: name });
  expect(await star.erp.get("customer", ids.erp)).toMatchObject({ Name1: name.slice(0, 30) });
  const before = await hubWrites(star.erp);
  await star.erp.edit("customer", ids.erp, { Memo: "seen by the clerk" });
  await star.quiet();
  expect(await star.crm.get("customer", ids.crm)).toMatchObject({
    displayName: name,
    notes: "seen by the clerk",
  });
  expect(await hubWrites(star.erp)).toBe(before);
  await star.erp.misbehave({ nameLimit: 0 });
});

test("a record the ERP refuses parks alone, says why, and heals when it is corrected at its source", async () => {
  const crm = await star.crm.insert("customer", {
    displayName: "Heals later",
    type: "COMPANY",
    customerNumber: "HEAL-1",
    addresses: [{ id: "a1", role: "BILL", street: "x 1", zip: "1", town: "y", countryCode: "QX" }],
  });
  const other = await newCustomer("FINE-1");
  expect(other.erp).not.toBe("undefined");
  const [letter] = await listDeadLetters(star.running.hub.db, 10);
  expect(letter).toMatchObject({ system: "crm", localId: crm, owner: "sales operations" });
  expect(letter?.text).toContain("QX");
  expect(letter?.detail).toMatchObject({ record: `crm/${crm}`, correctIn: "CRM (sandbox)", value: "QX" });
  await star.crm.edit("customer", crm, {
    addresses: [{ id: "a1", role: "BILL", street: "x 1", zip: "1", town: "y", countryCode: "DE" }],
  });
  await star.quiet();
  expect((await star.erp.all("customer")).filter((one) => one["CustNo"] === "HEAL-1")).toHaveLength(1);
  expect(await listDeadLetters(star.running.hub.db, 10)).toEqual([]);
});

test("what the ERP refuses names the field at its origin and what the ERP accepts, and parks nothing else", async () => {
  const crm = await star.crm.insert("customer", {
    displayName: "Wrong VAT",
    type: "COMPANY",
    customerNumber: "VAT-1",
    vatNumber: "DE12",
  });
  const other = await newCustomer("FINE-2");
  expect(other.erp).not.toBe("undefined");
  const [letter] = await listDeadLetters(star.running.hub.db, 10);
  expect(letter).toMatchObject({ system: "erp", code: "NAVE_RECORD_REFUSED", owner: "sales operations" });
  expect(letter?.detail).toMatchObject({ correctIn: "CRM (sandbox)", field: "vatNumber", value: "DE12" });
  expect(letter?.detail["accepts"]).toBeTruthy();
  expect(letter?.text).not.toMatch(/at .*\.ts|\/work|stack/i);
  await star.crm.edit("customer", crm, { vatNumber: "DE123456789" });
  await star.quiet();
  expect((await star.erp.all("customer")).find((one) => one["CustNo"] === "VAT-1")).toMatchObject({
    TaxId: "DE123456789",
  });
  expect(await listDeadLetters(star.running.hub.db, 10)).toEqual([]);
});

test("the same field changed in both systems follows its rule and leaves a conflict to be seen", async () => {
  const ids = await newCustomer("CON-1");
  await star.stopHub();
  await star.crm.edit("customer", ids.crm, { displayName: "Name by CRM" });
  await star.erp.edit("customer", ids.erp, { Name1: "Name by ERP" });
  await star.startHub();
  await star.quiet();
  expect(await star.crm.get("customer", ids.crm)).toMatchObject({ displayName: "Name by CRM" });
  expect(await star.erp.get("customer", ids.erp)).toMatchObject({ Name1: "Name by CRM" });
  const conflicts = await listConflicts(star.running.hub.db, "all", 10);
  expect(conflicts).toEqual([expect.objectContaining({ path: "name", rule: "rank" })]);
});

test("a customer deleted in the CRM is archived in the ERP, not removed", async () => {
  const ids = await newCustomer("DEL-1");
  await star.crm.remove("customer", ids.crm);
  await star.running.pollers.get("crm")?.scanNow("customer", true);
  await star.quiet();
  const erp = await star.erp.get("customer", ids.erp);
  expect(erp).toBeDefined();
  expect(erp?.["Blocked"] ?? erp?.["Archived"] ?? erp?.["Deleted"]).toBeTruthy();
});

test("a record that is changed back after every write is stopped by an alarm", async () => {
  const ids = await newCustomer("LOOP-1");
  star.config.hub.loopAfterWrites = 3;
  for (let turn = 0; turn < 6; turn += 1) {
    await star.crm.edit("customer", ids.crm, { notes: `turn ${turn}` });
    await star.quiet();
  }
  star.config.hub.loopAfterWrites = 120;
  const letters = await listDeadLetters(star.running.hub.db, 10);
  expect(letters).toEqual([expect.objectContaining({ system: "erp", code: "NAVE_FLOW_FAILED" })]);
  expect(letters[0]?.text).toContain("within a minute");
});
