import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { amendRecord } from "../../../src/flows/amend-record.ts";
import { type Star, startStar } from "./star.ts";

let star: Star;
beforeAll(async () => {
  star = await startStar({ store: "postgres" });
});
afterAll(() => star?.close());

/** A customer that both systems have, and the message that brought it. */
async function newCustomer(name: string): Promise<{ id: string; canonicalId: string; messageId: string }> {
  const id = await star.crm.insert("customer", {
    displayName: name,
    type: "COMPANY",
    creditLimitCents: 100_00,
    creditCurrency: "EUR",
    notes: "as it was",
    addresses: [
      { role: "BILL", town: "Bonn", countryCode: "DE" },
      { role: "SHIP", town: "Köln", countryCode: "DE" },
    ],
  });
  await star.quiet();
  const [row] = await star.running.hub.db.query<{ canonicalId: string; messageId: string }>(
    `select x.canonical_id as "canonicalId", m.id as "messageId" from nave.cross_reference x
     join nave.message m on m.system = x.system and m.local_id = x.local_id and m.entity = x.entity
     where x.entity = 'customer' and x.system = 'crm' and x.local_id = $1`,
    [id],
  );
  if (row === undefined) throw new Error(`${name} has not arrived`);
  return { id, ...row };
}

const amend = (messageId: string, canonicalId: string, changes: JsonObject, part = "") => {
  const place = { flow: "f", flowVersion: "v1", node: "n1" };
  const where = 'amend "n1" in flow f';
  return amendRecord(star.running.hub, {
    messageId,
    part,
    place,
    where,
    entity: "customer",
    canonicalId,
    changes,
  });
};
const inCrm = (id: string) => star.crm.get("customer", id);
const inErp = async (name: string) => (await star.erp.all("customer")).find((one) => one["Name1"] === name);

test("what a flow amends reaches every system that has the record; what it does not name stays", async () => {
  const { id, canonicalId, messageId } = await newCustomer("Amended");
  const changes = { note: null, language: "fr", addresses: [{ key: "shipping", city: "Aachen" }] };
  const { version, body } = await amend(messageId, canonicalId, changes);
  expect(version).toBeGreaterThan(1);
  expect(body).toMatchObject({ name: "Amended", language: "fr" });
  expect(body).not.toHaveProperty("note");
  await star.quiet();
  const crm = await inCrm(id);
  expect(crm).toMatchObject({
    language: "fr",
    addresses: [
      { role: "BILL", town: "Bonn" },
      { role: "SHIP", town: "Aachen" },
    ],
  });
  expect(crm).not.toHaveProperty("notes");
  expect(await inErp("Amended")).toMatchObject({ Lang: "fr" });
});

test("a copy that comes again undoes nothing of what people have done since; another copy counts", async () => {
  const { id, canonicalId, messageId } = await newCustomer("Again");
  await amend(messageId, canonicalId, { note: "the flow's" });
  await star.quiet();
  await star.crm.edit("customer", id, { notes: "a clerk's" });
  await star.quiet();
  const again = await amend(messageId, canonicalId, { note: "the flow's" });
  expect(again.body).toMatchObject({ note: "a clerk's" });
  await star.quiet();
  expect(await inCrm(id)).toMatchObject({ notes: "a clerk's" });
  await amend(messageId, canonicalId, { note: "another part's" }, "1");
  await star.quiet();
  expect(await inCrm(id)).toMatchObject({ notes: "another part's" });
});

test("what is as it should be makes no new version", async () => {
  const { canonicalId, messageId } = await newCustomer("Same");
  const first = await amend(messageId, canonicalId, { note: "as it was" });
  const second = await amend(messageId, canonicalId, { note: "as it was" }, "1");
  expect(second.version).toBe(first.version);
});

test.each([
  [
    "another system's own field",
    { credit: { limit: "5.00", currency: "EUR" } },
    "NAVE_NOT_SUPPORTED",
    "credit.limit",
  ],
  ["what breaks the schema", { language: "French" }, "NAVE_RECORD_INVALID", "language"],
])("%s is refused as a whole, and may be tried again", async (what, wrong, code, field) => {
  const { canonicalId, messageId } = await newCustomer(what);
  const given = amend(messageId, canonicalId, { note: "new", ...wrong });
  await expect(given).rejects.toMatchObject({ code, detail: { field, accepts: expect.any(String) } });
  expect((await amend(messageId, canonicalId, { note: "new" })).body).toMatchObject({ note: "new" });
});

test("a record or a message that is not there is said to be so", async () => {
  const { canonicalId, messageId } = await newCustomer("There");
  await expect(amend(messageId, randomUUID(), {})).rejects.toMatchObject({ code: "NAVE_FLOW_FAILED" });
  await expect(amend(randomUUID(), canonicalId, {})).rejects.toMatchObject({ code: "NAVE_FLOW_FAILED" });
});
