import { computeTotals, lineNetAmount, type Rounding } from "../../../src/adapter-kit/canonical.ts";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { setStock } from "../tryton/actions.ts";
import { records } from "./tryton-figures.ts";
import type { TrytonStar } from "./tryton-star.ts";

const ROUNDING: Rounding = { mode: "half-up", digits: 2, per: "line" };
const LINES = [
  { sku: "OTC-1", unitPrice: "18.00", discountPercent: "15" },
  { sku: "OTC-2", unitPrice: "21.35" },
];
const TAX_PERCENT = "19";
const IN_STOCK = 100_000;

/** Customers and articles of an order desk, in the CRM and in Tryton, with stock; the ids are the CRM's. */
export type OrderDesk = { customers: string[]; items: string[] };

export async function openOrderDesk(star: TrytonStar): Promise<OrderDesk> {
  const customers = await star.crm.seed("customer", [1, 2, 3].map(customerNative));
  const items = await star.crm.seed(
    "product",
    LINES.map(({ sku }) => ({ sku, title: `Article ${sku}`, uom: "pc", active: true, stocked: true })),
  );
  await star.quiet();
  const products = await records(
    star.tryton.call("model.product.product.search_read", [
      [["code", "like", "OTC-%"]],
      0,
      null,
      null,
      ["code"],
    ]),
  );
  for (const { id } of products) await setStock(star.tryton, Number(id), IN_STOCK);
  return { customers, items };
}

function customerNative(n: number): JsonObject {
  return {
    displayName: `Order to Cash ${n} Ltd`,
    type: "COMPANY",
    customerNumber: `OTC-C${n}`,
    addresses: [
      {
        id: "a1",
        role: "BILL",
        street: `${n} High Street`,
        zip: "E1 6AN",
        town: "London",
        countryCode: "GB",
      },
    ],
  };
}

/** An offer of one line in the CRM, not won yet; answers its id there. */
export async function offer(
  star: TrytonStar,
  desk: OrderDesk,
  number: string,
  quantity: number,
): Promise<string> {
  const netCents = quantity * 2135;
  return star.crm.insert("quote", {
    quoteNumber: number,
    accountId: desk.customers[0] ?? null,
    stage: "QUOTED",
    currency: "USD",
    roundingMode: "HALF_UP",
    roundingPer: "LINE",
    lines: [
      { lineNo: 1, itemId: desk.items[1] ?? null, qty: quantity, uom: "pc", unitPrice: "21.35", netCents },
    ],
    linesCents: netCents,
    netCents,
  });
}

/** Places orders with these numbers in the CRM: two lines, taxes, freight. */
export async function placeOrders(
  star: TrytonStar,
  desk: OrderDesk,
  numbers: readonly string[],
): Promise<void> {
  await star.crm.seed(
    "order",
    numbers.map((number, index) => orderNative(number, index, desk)),
  );
}

function orderNative(number: string, index: number, { customers, items }: OrderDesk): JsonObject {
  const lines = LINES.map(({ sku: _sku, ...priced }, at) => {
    const qty = 4 + ((index + at) % 5);
    const netAmount = lineNetAmount({ ...priced, quantity: { value: String(qty) } }, ROUNDING);
    return { native: { lineNo: at + 1, itemId: items[at] ?? null, qty, uom: "pc", ...priced }, netAmount };
  });
  const freight = { amount: `${7 + (index % 9)}.50`, taxPercent: TAX_PERCENT };
  const taxed = lines.map(({ netAmount }) => ({ netAmount, taxPercent: TAX_PERCENT }));
  const totals = computeTotals(taxed, [freight], ROUNDING);
  return {
    orderNumber: number,
    accountId: customers[index % customers.length] ?? null,
    placedAt: "2026-11-20T10:00:00.000Z",
    currency: "USD",
    status: "NEW",
    roundingMode: "HALF_UP",
    roundingPer: "LINE",
    lines: lines.map(({ native, netAmount }) => ({
      ...native,
      taxPercent: TAX_PERCENT,
      netCents: cents(netAmount),
    })),
    fees: [
      {
        code: "freight",
        kind: "FREIGHT",
        cents: cents(freight.amount),
        taxPercent: TAX_PERCENT,
        text: "Freight",
      },
    ],
    linesCents: cents(totals.lines),
    feesCents: cents(totals.charges),
    netCents: cents(totals.net),
    taxCents: cents(totals.tax ?? "0.00"),
    grossCents: cents(totals.gross ?? totals.net),
  };
}

function cents(amount: string): number {
  return Math.round(Number(amount) * 100);
}
