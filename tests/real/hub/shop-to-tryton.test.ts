import { afterAll, beforeAll, expect, test } from "vitest";
import { listDeadLetters } from "../../../src/store/dead-letters.ts";
import { countForPersons } from "../../../src/telemetry/counts.ts";
import { findingsOf } from "../../core/hub/findings.ts";
import { SET_UP_MS } from "../set-up.ts";
import { cancelSale, confirmSale, pay, postInvoices, shipAll, shipPartly } from "../tryton/actions.ts";
import { addProduct, type PlacedOrder, placeOrder, showOrder } from "../vendure/shop.ts";
import { type ShopStar, startShopStar } from "./shop-star.ts";
import { records } from "./tryton-figures.ts";

const BUYER = {
  firstName: "Bo",
  lastName: "Beta",
  emailAddress: "bo@beta.example",
  phoneNumber: "+49 89 123456",
};
const ITEMS = [
  { sku: "WID-001", quantity: 3 },
  { sku: "WID-002", quantity: 2 },
];

let star: ShopStar;
beforeAll(async () => {
  star = await startShopStar();
  await addProduct(star.shop, { sku: "WID-001", name: "Widget, small", price: 1000 });
  await addProduct(star.shop, { sku: "WID-002", name: "Widget, large", price: 2500 });
}, SET_UP_MS);
afterAll(() => star?.close());

/** The one sale that Tryton has of an order of the shop. */
async function saleOf({ code }: PlacedOrder) {
  const fields = ["state", "total_amount", "party.name", "currency.code", "number"];
  const sales = await records(
    star.tryton.call("model.sale.sale.search_read", [[["reference", "=", code]], 0, null, null, fields]),
  );
  expect(sales).toHaveLength(1);
  const [sale = {}] = sales;
  return { ...sale, id: Number(sale["id"]) };
}

test("orders placed in the shop reach Tryton and come back: shipped and paid, shipped in part, cancelled", async () => {
  const whole = await placeOrder(star.shop, BUYER, ITEMS, { payment: "authorised" });
  const inPart = await placeOrder(star.shop, BUYER, ITEMS);
  const dropped = await placeOrder(star.shop, BUYER, ITEMS);
  await star.quiet();
  expect((await listDeadLetters(star.running.hub.db, 10)).map(({ text }) => text)).toEqual([]);
  for (const order of [whole, inPart, dropped]) {
    expect(await saleOf(order)).toMatchObject({
      state: "draft",
      total_amount: (order.totalWithTax / 100).toFixed(2),
      "party.": { name: "Bo Beta" },
      "currency.": { code: "EUR" },
    });
  }

  const { id: wholeSale } = await saleOf(whole);
  await confirmSale(star.tryton, wholeSale);
  await shipAll(star.tryton, wholeSale);
  for (const invoice of await postInvoices(star.tryton, wholeSale)) await pay(star.tryton, invoice);
  const { id: partSale } = await saleOf(inPart);
  await confirmSale(star.tryton, partSale);
  await shipPartly(star.tryton, partSale, 1);
  await cancelSale(star.tryton, (await saleOf(dropped)).id);
  await star.quiet();

  const { number } = (await saleOf(whole)) as { number?: string };
  expect(number).toBeDefined();
  expect(await showOrder(star.shop, whole.code)).toMatchObject({
    state: "Shipped",
    payments: [{ state: "Settled" }],
    fulfillments: [{ state: "Shipped" }],
    customFields: { backOfficeNumber: number },
  });
  expect(await showOrder(star.shop, inPart.code)).toMatchObject({ state: "PartiallyShipped" });
  expect(await showOrder(star.shop, dropped.code)).toMatchObject({ state: "Cancelled", fulfillments: [] });
  const { db } = star.running.hub;
  expect((await listDeadLetters(db, 10)).map(({ text }) => text)).toEqual([]);
  expect(await countForPersons(db)).toMatchObject({ deadLetters: 0, inDoubt: 0, conflicts: 0, reviews: 0 });
  expect(await findingsOf(star.running.hub)).toEqual([]);
}, 240_000);
