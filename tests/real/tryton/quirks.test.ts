import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { trytonSamples } from "../../../adapters/tryton/tests/samples.ts";
import { lineNetAmount, sum } from "../../../src/adapter-kit/canonical.ts";
import type { JsonObject, Spoke, WriteOutcome, WriteRequest } from "../../../src/adapter-kit/contract.ts";
import { scan, signal, writtenIds } from "../../adapters/bed.ts";
import { SET_UP_MS } from "../set-up.ts";
import { cancelSale, editMailOf } from "./actions.ts";
import { connectTryton } from "./harness.ts";
import { startTryton, type Tryton } from "./server.ts";

let tryton: Tryton;
let spoke: Spoke;
let sql: Client;

beforeAll(async () => {
  tryton = await startTryton();
  spoke = await connectTryton(tryton);
  sql = new Client(tryton.sql);
  await sql.connect();
}, SET_UP_MS);

afterAll(async () => {
  await sql.end();
  await spoke.close();
  await tryton.stop();
});

let n = 0;

function sample(entity: string, references: Record<string, string> = {}): JsonObject {
  n += 1;
  return trytonSamples.sample(entity, n, references);
}

function create(entity: string, bodies: JsonObject[]): Promise<WriteOutcome[]> {
  return spoke.write(
    entity,
    bodies.map((body) => ({ kind: "create", probeKey: randomUUID(), body })),
    signal(),
  );
}

async function insert(entity: string, references: Record<string, string> = {}): Promise<string> {
  return writtenIds(await create(entity, [sample(entity, references)]))[0] ?? "";
}

async function insertOrder(): Promise<string> {
  return insert("order", { customer: await insert("customer"), product: await insert("product") });
}

async function updateOf(entity: string, localId: string, changes: JsonObject): Promise<WriteRequest> {
  const [seen] = await spoke.read(entity, [localId], signal());
  if (!seen) throw new Error(`${entity} ${localId} is not there`);
  const lock = seen.lockToken === undefined ? {} : { lockToken: seen.lockToken };
  return { kind: "update", localId, probeKey: randomUUID(), changes, held: seen.native, ...lock };
}

test("a party whose transaction began before the mark and committed after the poll is found by the overlap", async () => {
  const { checkpoint: before } = await scan(spoke, "customer");
  await sql.query("begin");
  const inserted = await sql.query(
    "insert into party_party (name, code, active, create_date, create_uid) values ('Late', 'LATE', true, now() at time zone 'UTC', 1) returning id",
  );
  const late = String(inserted.rows[0]?.id);
  const early = await insert("customer");
  const passed = await scan(spoke, "customer", before);
  expect(passed.observations.map(({ localId }) => localId)).toContain(early);
  await sql.query("commit");
  const found = (await scan(spoke, "customer", passed.checkpoint)).observations.map(({ localId }) => localId);
  expect(found).toContain(late);
  const naive = await connectTryton(tryton, {}, 0);
  const missed = (await scan(naive, "customer", passed.checkpoint)).observations.map(
    ({ localId }) => localId,
  );
  expect(missed).not.toContain(late);
  await naive.close();
});

test("an address that somebody changed by itself shows in its party, whose own stamp did not move", async () => {
  const id = await insert("customer");
  const { checkpoint } = await scan(spoke, "customer");
  const stamp = () => sql.query("select write_date from party_party where id = $1", [id]);
  const before = await stamp();
  const [address] = (await tryton.call("model.party.address.search", [
    [["party", "=", Number(id)]],
    0,
    1,
    null,
  ])) as number[];
  await tryton.call("model.party.address.write", [[address ?? null], { city: "Elmshorn" }]);
  expect((await stamp()).rows).toEqual(before.rows);
  const { observations } = await scan(spoke, "customer", checkpoint);
  const seen = observations.find(({ localId }) => localId === id);
  expect(JSON.stringify(seen?.native["addresses"])).toContain("Elmshorn");
});

test("200 edits made in Tryton between the hub's read and its write survive, all 200", {
  timeout: 180_000,
}, async () => {
  const batches: string[][] = [];
  for (let batch = 0; batch < 4; batch += 1) {
    const bodies = Array.from({ length: 50 }, () => sample("customer"));
    batches.push(writtenIds(await create("customer", bodies)));
  }
  const parties = batches.flat().map(Number);
  const wishes = await Promise.all(batches.map(renamingOf));
  await editMailOf(tryton, parties);
  for (const batch of wishes) {
    const outcomes = await spoke.write("customer", batch, signal());
    expect(outcomes.map(({ kind }) => kind)).toEqual(batch.map(() => "stale"));
  }
  for (const ids of batches) writtenIds(await spoke.write("customer", await renamingOf(ids), signal()));
  const survived = await sql.query(
    `select count(*)::int as n from party_party p join party_contact_mechanism m on m.party = p.id
     where p.id = any($1) and p.name = 'Hub ' || p.id and m.value = 'edited-' || p.id || '@nordwind.example'`,
    [parties],
  );
  expect(survived.rows[0]?.n).toBe(200);
});

/** Wishes for new names, as the hub makes them from one read. */
async function renamingOf(ids: string[]): Promise<WriteRequest[]> {
  const seen = await spoke.read("customer", ids, signal());
  return seen.map(({ localId, native: held, lockToken = "" }) => ({
    ...({ kind: "update", localId, probeKey: randomUUID(), held, lockToken } as const),
    changes: { name: `Hub ${localId}` },
  }));
}

test("totals of discounted orders equal the sum that SQL makes of their lines, and what the front office agreed", async () => {
  const customer = await insert("customer");
  const product = await insert("product");
  const front = { mode: "half-up", digits: 2, per: "line" } as const;
  const prices = ["4.27", "14.00", "2.55", "18.45", "263.50", "0.85", "12.75", "9.65"];
  const discounts = ["0", "5", "10", "15", "20", "25", "3", "1"];
  const bodies = prices.map((price, index) => {
    const lines = discounts.map((discountPercent, position) => {
      const quantity = { value: String(1 + ((index * 7 + position * 5) % 30)) };
      const amount = lineNetAmount({ quantity, unitPrice: price, discountPercent }, front);
      const priced = {
        quantity: quantity.value,
        base_price: price,
        discount_percent: discountPercent,
        amount,
      };
      return { key: String(position + 1), product, unit: "u", tax_percent: "0", ...priced };
    });
    return { ...sample("order", { customer, product }), lines, charges: [] };
  });
  const ids = writtenIds(await create("order", bodies));
  const observed = await spoke.read("order", ids, signal());
  for (const [index, id] of ids.entries()) {
    const native = observed.find(({ localId }) => localId === id)?.native;
    const agreed = sum((bodies[index]?.lines ?? []).map(({ amount }) => amount));
    // half to even, as Tryton's Currency.round does
    const summed = await sql.query(
      `select sum(case when abs(cents - trunc(cents)) = 0.5 then 2 * round(cents / 2) else round(cents) end / 100)::numeric(16, 2)::text as total
       from (select quantity::numeric * unit_price * 100 as cents from sale_line where sale = $1) lines`,
      [id],
    );
    expect(native?.["untaxed_amount"]).toBe(agreed);
    expect(summed.rows[0]?.total).toBe(agreed);
  }
});

test("a step that does not fit, which Tryton answers with success, is refused and says where the order stands", async () => {
  const id = await insertOrder();
  const wish = await updateOf("order", id, { state: "confirmed" });
  await cancelSale(tryton, Number(id));
  // what the product itself says
  expect(await tryton.call("model.sale.sale.confirm", [[Number(id)]])).toBeNull();
  const { lockToken: _none, ...unlocked } = wish as Extract<WriteRequest, { kind: "update" }>;
  const [outcome] = await spoke.write("order", [unlocked], signal());
  expect(outcome).toMatchObject({
    kind: "refused",
    field: "state",
    text: expect.stringContaining("cancelled"),
  });
  const reply = await spoke.call?.("confirmOrder", {
    args: { order: id },
    idempotencyKey: "1",
    signal: signal(),
  });
  expect(reply).toMatchObject({ kind: "refused", field: "state" });
});

test("an order in processing of which nothing has left is cancelled with its shipments and invoices", async () => {
  const id = await insertOrder();
  const request = { idempotencyKey: randomUUID(), signal: signal(), args: { order: id } };
  expect(await spoke.call?.("confirmOrder", request)).toEqual({
    kind: "done",
    result: { state: "processing" },
  });
  expect(await spoke.call?.("cancelOrder", request)).toEqual({
    kind: "done",
    result: { state: "cancelled" },
  });
  const [seen] = await spoke.read("order", [id], signal());
  expect(seen?.native).toMatchObject({ state: "cancelled", delivery_state: "none", invoicing_state: "none" });
  const shipments = await sql.query(
    "select state from stock_shipment_out where id in (select split_part(shipment, ',', 2)::int from stock_move where origin in (select 'sale.line,' || id from sale_line where sale = $1))",
    [id],
  );
  expect(shipments.rows.length).toBeGreaterThan(0);
  expect(shipments.rows.every(({ state }) => state === "cancelled")).toBe(true);
});

test("lines of a quotation can be changed: it goes back to a draft and is quoted again under its number", async () => {
  const quoting = await connectTryton(tryton, { orderStateOnCreate: "quotation" });
  const body = sample("order", { customer: await insert("customer"), product: await insert("product") });
  const [id = ""] = writtenIds(
    await quoting.write("order", [{ kind: "create", probeKey: randomUUID(), body }], signal()),
  );
  const [before] = await spoke.read("order", [id], signal());
  const lines = structuredClone(before?.native["lines"]) as JsonObject[];
  Object.assign(lines[0] ?? {}, { quantity: "4", amount: "509.66" });
  const [outcome] = await quoting.write("order", [await updateOf("order", id, { lines })], signal());
  expect(outcome).toMatchObject({
    kind: "written",
    observation: { native: { state: "quotation", untaxed_amount: "514.56" } },
  });
  const [after] = await spoke.read("order", [id], signal());
  expect(after?.native["number"]).toBe(before?.native["number"]);
  await quoting.close();
});

test("an order to an address of its own does not give the customer a new address", async () => {
  const customer = await insert("customer");
  const [before] = await spoke.read("customer", [customer], signal());
  await insert("order", { customer, product: await insert("product") });
  const [after] = await spoke.read("customer", [customer], signal());
  expect(after?.native["addresses"]).toEqual(before?.native["addresses"]);
});

test("tabs and line breaks in a name, which Tryton refuses, become spaces", async () => {
  const [id = ""] = writtenIds(
    await create("customer", [{ ...sample("customer"), name: "Nord\twind\nSöhne" }]),
  );
  const [seen] = await spoke.read("customer", [id], signal());
  expect(seen?.native["name"]).toBe("Nord wind Söhne");
});

test("refusals name the field and the value, and what is accepted", async () => {
  const vat = { ...sample("customer"), identifiers: [{ scheme: "vat", code: "DE12" }] };
  const country = { ...sample("customer"), addresses: [{ use: "billing", city: "Nowhere", country: "XX" }] };
  const [badVat, badCountry] = await create("customer", [vat, country]);
  expect(badVat).toMatchObject({ kind: "refused", value: "DE12", accepts: expect.stringContaining("valid") });
  expect(badCountry).toMatchObject({
    kind: "refused",
    field: "country",
    value: "XX",
    accepts: expect.stringContaining("DE"),
  });
});

test("phone numbers that Tryton calls invalid are kept, and the customer with them; corrected ones are checked again", async () => {
  const point = (type: string, value: string): JsonObject => ({ type, value });
  const contact_mechanisms = [point("phone", "12"), point("fax", "x 99"), point("phone", "+49 40 5550123")];
  const outcomes = await create("customer", [
    { ...sample("customer"), contact_mechanisms },
    sample("customer"),
  ]);
  const [id = ""] = writtenIds(outcomes);
  const [seen] = await spoke.read("customer", [id], signal());
  const points = (seen?.native["contact_mechanisms"] ?? []) as JsonObject[];
  expect(points.map(({ type, value }) => [type, (value as string).replaceAll(/\D/g, "")])).toEqual([
    ["phone", "12"],
    ["fax", "99"],
    ["phone", "49405550123"],
  ]);
  const corrected = points.map((one, index) => (index === 0 ? { ...one, value: "+49 30 901820" } : one));
  await spoke.write(
    "customer",
    [await updateOf("customer", id, { contact_mechanisms: corrected })],
    signal(),
  );
  const stored = await tryton.call("model.party.contact_mechanism.search_read", [
    [["party", "=", Number(id)]],
    0,
    null,
    [["id", "ASC"]],
    ["type", "name"],
  ]);
  expect((stored as JsonObject[]).map(({ type }) => type)).toEqual(["phone", "other", "phone"]);
});

test("a product that has never moved shows its stock, none, with the next poll", async () => {
  const { checkpoint } = await scan(spoke, "stock-level");
  const product = await insert("product");
  const { observations } = await scan(spoke, "stock-level", checkpoint);
  const [level, ...more] = observations.filter(({ localId }) => localId.startsWith(`${product}@`));
  expect(level?.native).toMatchObject({ product, quantity: "0", available: "0" });
  expect(more).toEqual([]);
});
