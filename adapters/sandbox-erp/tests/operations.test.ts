import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JsonObject, OperationReply, Spoke } from "../../../src/adapter-kit/contract.ts";
import { loadAdapter } from "../../../src/adapter-kit/load-adapters.ts";
import type { SandboxServer } from "../../../src/adapter-kit/simulation/index.ts";
import { until } from "../../../tests/services/until.ts";
import { startServer } from "../simulator/server.ts";
import { erpHarness } from "./harness.ts";

let erp: SandboxServer;
let spoke: Spoke;
let orderId: string;
let customerId: string;
beforeEach(async () => {
  erp = await startServer();
  const { connect, manifest } = await loadAdapter(new URL("..", import.meta.url).pathname.replace(/\/$/, ""));
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  spoke = await connect({ system: "erp", settings: erp.settings, manifest, log });
  customerId = await erp.insert("customer", erpHarness.sample("customer", 1, {}));
  const product = await erp.insert("product", erpHarness.sample("product", 1, {}));
  const stock = erpHarness.sample("stock-level", 1, { product });
  await erp.insert("stock-level", { ...stock, OnHand: "100.000" });
  orderId = await erp.insert("order", erpHarness.sample("order", 1, { customer: customerId, product }));
});
afterEach(() => erp.close());

async function call(operation: string, args: JsonObject, idempotencyKey = "key"): Promise<OperationReply> {
  if (!spoke.call) throw new Error("no operations");
  return spoke.call(operation, { args, idempotencyKey, signal: AbortSignal.timeout(10_000) });
}

describe("confirmOrder", () => {
  test("gives the order its number, reserves stock and plans a delivery", async () => {
    expect((await erp.get("order", orderId))?.["OrderNo"]).toBeUndefined();
    const reply = await call("confirmOrder", { orderId });
    const order = await erp.get("order", orderId);
    expect(reply).toEqual({ kind: "done", result: { state: "CONFIRMED", orderNumber: order?.["OrderNo"] } });
    expect(await erp.all("shipment")).toMatchObject([{ SalesOrderId: orderId, State: "PLANNED" }]);
    expect(await erp.all("stock-level")).toMatchObject([{ Reserved: "4.000", Available: "96.000" }]);
  });

  test("repeated under the same key is done once", async () => {
    const first = await call("confirmOrder", { orderId });
    expect(await call("confirmOrder", { orderId })).toEqual(first);
    expect(await erp.all("shipment")).toHaveLength(1);
  });

  test("of a cancelled order is refused, also when the ERP ignores it and answers success", async () => {
    await call("cancelOrder", { orderId, reason: "Changed my mind" }, "cancel");
    expect(await call("confirmOrder", { orderId })).toMatchObject({ kind: "refused", field: "State" });
    await erp.misbehave({ ignoreTransitions: true });
    expect(await call("confirmOrder", { orderId }, "again")).toMatchObject({
      kind: "refused",
      field: "State",
    });
    expect(await erp.get("order", orderId)).toMatchObject({
      State: "CANCELLED",
      CancelReason: "Changed my mind",
    });
  });

  test("beyond the credit limit is refused and confirms nothing", async () => {
    await erp.edit("customer", customerId, { CreditLimit: "100.00" });
    expect(await call("confirmOrder", { orderId })).toMatchObject({ kind: "refused", field: "CustomerId" });
    expect(await erp.get("order", orderId)).toMatchObject({ State: "DRAFT" });
  });

  test("whose answer is lost is in doubt, and asking again under its key tells", async () => {
    await erp.misbehave({ lostAfterWriteNext: 1 });
    expect((await call("confirmOrder", { orderId })).kind).toBe("unknown");
    expect((await call("confirmOrder", { orderId })).kind).toBe("done");
    expect(await erp.all("shipment")).toHaveLength(1);
  });

  test("may bring its delivery later, or not by itself", async () => {
    await erp.misbehave({ followUpMs: 50 });
    await call("confirmOrder", { orderId });
    expect(await erp.all("shipment")).toEqual([]);
    await until("the delivery is planned", async () => (await erp.all("shipment")).length === 1);
  });

  test("cannot be had by writing the state", async () => {
    const [held] = await spoke.read("order", [orderId], AbortSignal.timeout(10_000));
    const update = {
      kind: "update",
      localId: orderId,
      probeKey: "p",
      changes: { State: "CONFIRMED" },
      held: held?.native ?? {},
    } as const;
    const outcomes = await spoke.write("order", [update], AbortSignal.timeout(10_000));
    expect(outcomes).toMatchObject([{ kind: "refused", field: "State" }]);
    expect(await erp.get("order", orderId)).toMatchObject({ State: "DRAFT" });
  });
});

test("creditCheck tells limit, open balance and what is left, and an unknown customer from a poor one", async () => {
  const args = { customerId, amount: "12345.67", currency: "EUR" };
  const sums = { limit: "12345.67", openBalance: "0.00", available: "12345.67" };
  expect(await call("creditCheck", args)).toEqual({ kind: "done", result: { granted: true, ...sums } });
  expect(await call("creditCheck", { ...args, amount: "12345.68" })).toMatchObject({
    result: { granted: false },
  });
  expect(await call("creditCheck", { ...args, customerId: "1" })).toMatchObject({ kind: "refused" });
  expect(await call("creditCheck", { ...args, amount: "a lot" })).toMatchObject({ kind: "refused" });
});

test("a reservation holds what is free, and is taken back", async () => {
  const [stock] = await erp.all("stock-level");
  const productId = String(stock?.["ArticleId"]);
  const reserve = { productId, quantity: "98" };
  expect(await call("reserveStock", reserve, "a")).toEqual({
    kind: "done",
    result: { reserved: "100.000", available: "0.000" },
  });
  expect(await call("reserveStock", { productId, quantity: "0.5" }, "b")).toMatchObject({
    kind: "refused",
    field: "Qty",
    accepts: "at most 0",
  });
  expect(await call("releaseStock", reserve, "c")).toMatchObject({ result: { reserved: "2.000" } });
  expect(await call("releaseStock", reserve, "d")).toMatchObject({ kind: "refused" });
});

test("stockAvailable tells what is there, reserved and free, and an article without stock from one that has run out", async () => {
  const [stock] = await erp.all("stock-level");
  const productId = String(stock?.["ArticleId"]);
  const sums = { onHand: "100.000", reserved: "2.000", available: "10.500" };
  expect(await call("stockAvailable", { productId })).toEqual({ kind: "done", result: sums });
  expect(await call("stockAvailable", { productId: "1" })).toMatchObject({
    kind: "refused",
    field: "ArticleId",
  });
});

test("each call of sendReminder posts another letter, until the invoice is paid", async () => {
  const invoiceId = await erp.act("invoice", orderId);
  const numbers = [];
  for (const key of ["a", "a"]) {
    const reply = await call("sendReminder", { invoiceId }, key);
    numbers.push(reply.kind === "done" ? reply.result["reminderNumber"] : reply);
  }
  expect(new Set(numbers).size).toBe(2);
  await erp.act("pay", invoiceId);
  expect(await call("sendReminder", { invoiceId })).toMatchObject({ kind: "refused" });
});

test("shipping, invoicing and paying move the order and the customer's balance", async () => {
  await call("confirmOrder", { orderId });
  await erp.act("ship", orderId);
  const invoiceId = await erp.act("invoice", orderId);
  expect(await erp.get("customer", customerId)).toMatchObject({ OpenBalance: "362.59" });
  await erp.act("pay", invoiceId);
  expect(await erp.get("order", orderId)).toMatchObject({
    DelivState: "FULL",
    InvState: "FULL",
    PayState: "FULL",
  });
  expect(await erp.get("invoice", invoiceId)).toMatchObject({ State: "PAID", AmtPaid: "362.59" });
  expect(await erp.get("customer", customerId)).toMatchObject({ OpenBalance: "0.00" });
});

test("text that XML cannot carry is refused, and the rest of the batch written", async () => {
  const bodies = [
    { Name1: "fine" },
    { Name1: "bell \u0007" },
    { Name1: "half \ud83d" },
    { Name1: "also fine" },
  ];
  const requests = bodies.map((body, index) => ({ kind: "create", probeKey: `p${index}`, body }) as const);
  const outcomes = await spoke.write("customer", requests, AbortSignal.timeout(10_000));
  expect(outcomes.map(({ kind }) => kind)).toEqual(["written", "refused", "refused", "written"]);
  expect(outcomes[1]).toMatchObject({ field: "Name1" });
});
