import { afterAll, beforeAll, expect, test } from "vitest";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { until } from "../../services/until.ts";
import { answer, questions, timePasses, told } from "./people.ts";
import { type Star, startStar } from "./star.ts";

let star: Star;
beforeAll(async () => {
  star = await startStar({ store: "postgres" });
});
afterAll(() => star?.close());

type Offer = { quantity?: number; creditLimitCents?: number };

/** An offer of saddles at 100.00, ten of which are in stock, to a customer of its own; answers its id in the CRM. */
async function offer(
  number: string,
  { quantity = 2, creditLimitCents = 100_000_00 }: Offer,
): Promise<string> {
  const itemId = await star.crm.insert("product", {
    sku: `SADDLE-${number}`,
    title: "Saddle",
    uom: "pc",
    active: true,
    stocked: true,
  });
  const accountId = await star.crm.insert("customer", {
    displayName: `Buyer of ${number}`,
    type: "COMPANY",
    creditLimitCents,
    creditCurrency: "EUR",
  });
  await star.quiet();
  const article = (await star.erp.all("product")).find((one) => one["ArticleNo"] === `SADDLE-${number}`);
  await star.erp.insert("stock-level", {
    ArticleId: article?.["Id"] as string,
    Place: `W-${number}`,
    PlaceKind: "E",
    Unit: "ST",
    OnHand: "10.000",
    Reserved: "0.000",
    Available: "10.000",
    AsOf: "2026-11-20T06:00:00Z",
  });
  const netCents = quantity * 100_00;
  return star.crm.insert("quote", {
    quoteNumber: number,
    accountId,
    stage: "QUOTED",
    currency: "EUR",
    roundingMode: "HALF_UP",
    roundingPer: "LINE",
    lines: [{ lineNo: 1, itemId, qty: quantity, uom: "pc", unitPrice: "100.00", netCents }],
    linesCents: netCents,
    netCents,
  });
}

async function win(id: string): Promise<void> {
  await star.crm.edit("quote", id, { stage: "WON" });
  await star.quiet();
}

const quoteOf = async (id: string): Promise<JsonObject> => (await star.crm.get("quote", id)) ?? {};
const orderInCrm = async (number: string) =>
  (await star.crm.all("order")).find((one) => one["orderNumber"] === `SO-${number}`);
const orderInErp = async (number: string) =>
  (await star.erp.all("order")).find((one) => one["CustRef"] === `SO-${number}`);
const reserved = async (number: string) =>
  (await star.erp.all("stock-level")).find((one) => one["Place"] === `W-${number}`)?.["Reserved"];

async function confirmed(number: string): Promise<JsonObject> {
  await until("the ERP has confirmed the order", async () => {
    await timePasses(star, ["deadline"]);
    return (await orderInErp(number))?.["State"] === "CONFIRMED";
  });
  await star.quiet();
  return (await orderInErp(number)) ?? {};
}

test("a quote that is won becomes one order, confirmed in the ERP, and its way to the payment is seen in the CRM", async () => {
  const id = await offer("Q-1", {});
  expect(await orderInCrm("Q-1")).toBeUndefined();
  await win(id);
  const order = await confirmed("Q-1");
  // What was reserved before is given back: the order has its own reservation.
  expect(await reserved("Q-1")).toBe("2.000");
  expect(await quoteOf(id)).toMatchObject({ stage: "WON", orderId: (await orderInCrm("Q-1"))?.["id"] });
  await star.erp.act("ship", order["Id"] as string);
  const invoiceId = await star.erp.act("invoice", order["Id"] as string);
  await star.erp.act("pay", invoiceId);
  await star.crm.edit("quote", id, { notes: "a pleasure" });
  await star.quiet();
  expect(await orderInCrm("Q-1")).toMatchObject({
    quoteId: id,
    status: "CONFIRMED",
    deliveryStatus: "SHIPPED",
    paymentStatus: "PAID",
  });
  expect((await star.crm.all("order")).filter((one) => one["orderNumber"] === "SO-Q-1")).toHaveLength(1);
  await timePasses(star);
  await star.quiet();
  expect(await told(star, "%SO-Q-1%")).toEqual([]);
});

test("above the limit somebody decides: approved, it becomes an order; rejected, the quote is lost and says why", async () => {
  const [approved, rejected] = [await offer("Q-2", { quantity: 101 }), await offer("Q-3", { quantity: 101 })];
  await win(approved);
  await win(rejected);
  expect(await orderInCrm("Q-2")).toBeUndefined();
  await answer(star, "%quote Q-2 over 10100.00 EUR%", "approved");
  await answer(star, "%quote Q-3 over 10100.00 EUR%", "rejected", {}, "too many saddles");
  await confirmed("Q-2");
  expect(await quoteOf(rejected)).toMatchObject({
    stage: "LOST",
    lostReason: "not approved by olga: too many saddles",
  });
  expect(await orderInCrm("Q-3")).toBeUndefined();
  expect(await told(star, "Quote Q-3%")).toEqual(["sales"]);
});

test("a quote edited while somebody is asked is asked about anew", async () => {
  const id = await offer("Q-4", { quantity: 101 });
  await win(id);
  const [line] = (await quoteOf(id))["lines"] as JsonObject[];
  const netCents = 20_000_00;
  const more = { lines: [{ ...line, qty: 200, netCents }], linesCents: netCents, netCents };
  await star.crm.edit("quote", id, more);
  await star.quiet();
  expect(await questions(star, "%quote Q-4 over 10100.00%")).toEqual([]);
  expect(await questions(star, "%quote Q-4 over 20000.00%")).toHaveLength(1);
});

test("what the credit does not allow is decided by somebody, and asked of the ERP again", async () => {
  const id = await offer("Q-5", { creditLimitCents: 150_00 });
  await win(id);
  await answer(
    star,
    "Quote Q-5 over 200.00 EUR: the credit does not allow it (150.00 available)%",
    "approved",
  );
  await until("it is asked again", async () => (await questions(star, "Quote Q-5%")).length === 1);
  expect(await orderInCrm("Q-5")).toBeUndefined();
  const buyer = (await star.erp.all("customer")).find((one) => one["Name1"] === "Buyer of Q-5");
  await star.erp.edit("customer", buyer?.["Id"] as string, { CreditLimit: "1000.00" });
  await answer(star, "Quote Q-5%", "approved");
  await confirmed("Q-5");
});

test("an order that the ERP does not confirm is undone: cancelled, and nothing stays reserved", async () => {
  const id = await offer("Q-6", { quantity: 101 });
  await star.erp.edit(
    "stock-level",
    (await star.erp.all("stock-level")).find((one) => one["Place"] === "W-Q-6")?.["Id"] as string,
    {
      OnHand: "500.000",
      Available: "500.000",
    },
  );
  await win(id);
  const buyer = (await star.erp.all("customer")).find((one) => one["Name1"] === "Buyer of Q-6");
  await star.erp.edit("customer", buyer?.["Id"] as string, { CreditHold: true });
  await answer(star, "%quote Q-6%", "approved");
  await until("the ERP has cancelled the order", async () => {
    await timePasses(star, ["deadline"]);
    return (await orderInErp("Q-6"))?.["State"] === "CANCELLED";
  });
  await until("sales is told", async () => (await told(star, "%SO-Q-6%")).length > 0);
  await star.quiet();
  expect(await reserved("Q-6")).toBe("0.000");
  expect(await orderInCrm("Q-6")).toMatchObject({ status: "CANCELLED" });
});
