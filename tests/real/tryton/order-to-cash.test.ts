import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { trytonSamples } from "../../../adapters/tryton/tests/samples.ts";
import type { JsonObject, Spoke } from "../../../src/adapter-kit/contract.ts";
import { loadModel } from "../../../src/canonical/model.ts";
import { loadMapping } from "../../../src/mapping/load-mapping.ts";
import { idsOf, scan, signal, writtenIds } from "../../adapters/bed.ts";
import { SET_UP_MS } from "../set-up.ts";
import * as people from "./actions.ts";
import { connectTryton } from "./harness.ts";
import { startRpcLog } from "./rpc-log.ts";
import { startTryton, type Tryton } from "./server.ts";

/** What follows an order in Tryton, done there by people, as the hub sees it poll by poll. */
const FOLLOWERS = ["order", "shipment", "invoice", "payment", "stock-level", "customer"];

let tryton: Tryton;
let spoke: Spoke;
const checkpoints: Record<string, JsonObject> = {};

beforeAll(async () => {
  tryton = await startTryton();
  // without overlap: what is seen is seen because it changed
  spoke = await connectTryton(tryton, { orderStateOnCreate: "confirmed" }, 0);
}, SET_UP_MS);

afterAll(async () => {
  await spoke.close();
  await tryton.stop();
});

async function poll(entity: string): Promise<Map<string, JsonObject>> {
  const { observations, checkpoint } = await scan(spoke, entity, checkpoints[entity]);
  checkpoints[entity] = checkpoint;
  return new Map(observations.map(({ localId, native }) => [localId, native]));
}

async function pollAll(): Promise<Record<string, Map<string, JsonObject>>> {
  const seen: Record<string, Map<string, JsonObject>> = {};
  for (const entity of FOLLOWERS) seen[entity] = await poll(entity);
  return seen;
}

async function insert(entity: string, n: number, references: Record<string, string> = {}): Promise<string> {
  const body = trytonSamples.sample(entity, n, references);
  const request = { kind: "create", probeKey: randomUUID(), body } as const;
  return writtenIds(await spoke.write(entity, [request], signal()))[0] ?? "";
}

/** An order of 2 in the company's currency, confirmed, with 100 in stock; everything about it polled once. */
async function confirmedOrder(n: number): Promise<{ order: string; customer: string; product: string }> {
  const customer = await insert("customer", n);
  const product = await insert("product", n);
  await people.setStock(tryton, Number(product), 100);
  const body = { ...trytonSamples.sample("order", n, { customer, product }), currency: "USD" };
  const request = { kind: "create", probeKey: randomUUID(), body } as const;
  const [order = ""] = writtenIds(await spoke.write("order", [request], signal()));
  await pollAll();
  return { order, customer, product };
}

test("a part shipment shows in order, shipment and stock, with what is left in a second shipment", async () => {
  const { order, product } = await confirmedOrder(1);
  await people.shipPartly(tryton, Number(order), 1);
  const seen = await pollAll();
  expect(seen["order"]?.get(order)).toMatchObject({
    delivery_state: "partial",
    lines: [{ shipped_quantity: "1" }],
  });
  const shipments = [...(seen["shipment"]?.values() ?? [])];
  expect(shipments).toHaveLength(2);
  expect(shipments).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ state: "done", sale: order }),
      expect.objectContaining({ state: "waiting", sale: order }),
    ]),
  );
  const [level] = [...(seen["stock-level"]?.entries() ?? [])].filter(([id]) => id.startsWith(`${product}@`));
  expect(level?.[1]).toMatchObject({ quantity: "99" });
  await people.shipAll(tryton, Number(order));
  expect((await poll("order")).get(order)).toMatchObject({
    delivery_state: "shipped",
    lines: [{ shipped_quantity: "2" }],
  });
});

test("an invoice, a part payment and the rest show in order, invoice, payment and the customer's balance", async () => {
  const { order, customer } = await confirmedOrder(2);
  await people.shipAll(tryton, Number(order));
  const [invoice = 0] = await people.postInvoices(tryton, Number(order));
  let seen = await pollAll();
  expect(seen["order"]?.get(order)).toMatchObject({
    invoicing_state: "invoiced",
    payment_state: "none",
    invoiced_amount: "259.73",
  });
  expect(seen["invoice"]?.get(String(invoice))).toMatchObject({
    kind: "invoice",
    state: "posted",
    sale: order,
    total_amount: "259.73",
  });
  expect(seen["customer"]?.get(customer)).toMatchObject({ receivable: "259.73" });

  await people.pay(tryton, invoice, "100.00");
  seen = await pollAll();
  expect(seen["order"]?.get(order)).toMatchObject({ payment_state: "partial", paid_amount: "100.00" });
  expect([...(seen["payment"]?.values() ?? [])]).toMatchObject([
    { amount: "100.00", party: customer, allocations: [{ invoice: String(invoice) }] },
  ]);

  await people.pay(tryton, invoice);
  seen = await pollAll();
  expect(seen["order"]?.get(order)).toMatchObject({
    state: "done",
    payment_state: "paid",
    paid_amount: "259.73",
  });
  expect(seen["invoice"]?.get(String(invoice))).toMatchObject({ state: "paid", paid_amount: "259.73" });
});

test("a credit note shows as such, names the invoice and the order, and counts in the order's settlement", async () => {
  const { order } = await confirmedOrder(3);
  const [invoice = 0] = await people.postInvoices(tryton, Number(order));
  await pollAll();
  const credit = await people.creditNote(tryton, invoice);
  const seen = await pollAll();
  expect(seen["invoice"]?.get(String(credit))).toMatchObject({
    kind: "credit-note",
    sale: order,
    corrects: String(invoice),
    total_amount: "259.73",
    lines: [{ quantity: "2", amount: "254.83" }],
  });
  expect(seen["order"]?.get(order)).toMatchObject({
    invoiced_amount: "259.73",
    credited_amount: "259.73",
    paid_amount: "0",
  });
});

test("a shipment without stock says so, and is shipped once there is some", async () => {
  const { order, product } = await confirmedOrder(4);
  await people.setStock(tryton, Number(product), 0);
  const [shipment = ""] = [...(await findShipments(order)).keys()];
  const request = { args: { shipment }, idempotencyKey: randomUUID(), signal: signal() };
  expect(await spoke.call?.("shipShipment", request)).toMatchObject({
    kind: "refused",
    text: expect.stringContaining("stock"),
  });
  await people.setStock(tryton, Number(product), 5);
  expect(await spoke.call?.("shipShipment", request)).toEqual({ kind: "done", result: { state: "done" } });
  // a repeated command does nothing more
  expect(await spoke.call?.("shipShipment", request)).toEqual({ kind: "done", result: { state: "done" } });
});

test("a credit check answers what is owed and whether more may be sold", async () => {
  const { order, customer } = await confirmedOrder(5);
  await people.postInvoices(tryton, Number(order));
  const ask = (amount: string) =>
    spoke.call?.("creditCheck", { args: { customer, amount }, idempotencyKey: "1", signal: signal() });
  const told = { openBalance: "259.73", limit: "12345.67" };
  expect(await ask("100.00")).toMatchObject({ kind: "done", result: { ...told, granted: true } });
  expect(await ask("12345.00")).toMatchObject({ kind: "done", result: { ...told, granted: false } });
});

test("every record that comes of an order reads as a valid canonical record", async () => {
  const folder = fileURLToPath(trytonSamples.folder);
  const model = loadModel();
  for (const entity of [...FOLLOWERS, "product"]) {
    const mapping = loadMapping(folder, entity, {
      system: "tested",
      type: model.entity(entity),
      settings: {},
    });
    const { observations } = await scan(spoke, entity, undefined, true);
    expect(observations.length).toBeGreaterThan(0);
    for (const { native, localId } of observations) {
      const { body, problems } = mapping.toCanonical(native);
      const faults = [...problems, ...model.entity(entity).validate(body)];
      expect({ entity, localId, faults }).toEqual({ entity, localId, faults: [] });
      expect(mapping.fromCanonical(body, native)).toEqual({ native, problems: [] });
    }
  }
});

/** However many records are read; what stock levels take is per warehouse, of which there is one. */
const MOST_CALLS = { order: 2, shipment: 2, invoice: 4, payment: 1, "stock-level": 5 };

test("reading many orders and all that followed takes as few calls as reading one, and what stands still is not read again", async () => {
  const log = await startRpcLog(tryton.url);
  // all that was ever changed lies within the overlap
  const counted = await connectTryton(tryton, { url: log.url }, 3_600_000);
  const callsOf = async (work: () => Promise<unknown>) => {
    log.calls.length = 0;
    await work();
    return log.calls.length;
  };
  for (const [entity, most] of Object.entries(MOST_CALLS)) {
    const { observations, checkpoint } = await scan(counted, entity, undefined, true);
    const ids = observations.map(({ localId }) => localId);
    expect(ids.length).toBeGreaterThan(1);
    expect(await callsOf(() => counted.read(entity, ids, signal()))).toBeLessThanOrEqual(most);
    const again = await scan(counted, entity, checkpoint);
    const still = await scan(counted, entity, again.checkpoint);
    expect(idsOf(again.observations).length).toBeGreaterThan(0);
    expect(idsOf(still.observations)).toEqual([]);
  }
  await counted.close();
  await log.close();
});

async function findShipments(order: string): Promise<Map<string, JsonObject>> {
  const { observations } = await scan(spoke, "shipment", undefined, true);
  const own = observations.filter(({ native }) => native["sale"] === order);
  return new Map(own.map(({ localId, native }) => [localId, native]));
}
