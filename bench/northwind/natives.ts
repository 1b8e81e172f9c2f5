import {
  computeTotals,
  lineNetAmount,
  multiply,
  type Rounding,
  round,
  significantDecimals,
} from "../../src/adapter-kit/canonical.ts";
import type { JsonObject } from "../../src/adapter-kit/contract.ts";
import { country } from "../../src/adapter-kit/converters/places.ts";
import type {
  Northwind,
  NorthwindCustomer,
  NorthwindLine,
  NorthwindOrder,
  NorthwindProduct,
} from "./read.ts";

/** What every Northwind order is rounded by: each line, and the freight, half up to cents; totals are sums of those. */
export const ROUNDING: Rounding = { mode: "half-up", digits: 2, per: "line" };

const CURRENCY = "USD";
const countries = country.create({});
const toCountryCode = (name: string) => countries.toCanonical(name, {});

export function customerNative(customer: NorthwindCustomer): JsonObject {
  return present({
    displayName: customer.company_name,
    companyName: customer.company_name,
    customerNumber: customer.customer_id,
    type: "COMPANY",
    stage: "CUSTOMER",
    addresses: [
      present({
        id: "a1",
        role: "BILL",
        street: customer.address,
        zip: customer.postal_code,
        town: customer.city,
        state: customer.region,
        countryCode: toCountryCode(customer.country),
      }),
    ],
    channels: [
      ...(customer.phone === null ? [] : [{ id: "c1", type: "PHONE", value: customer.phone }]),
      ...(customer.fax === null ? [] : [{ id: "c2", type: "FAX", value: customer.fax }]),
    ],
    contacts:
      customer.contact_name === null
        ? []
        : [present({ ref: "1", name: customer.contact_name, role: customer.contact_title })],
  });
}

/** On sale: the orders were placed while the products were; see `discontinued`. */
export function productNative(product: NorthwindProduct): JsonObject {
  return {
    sku: skuOf(product.product_id),
    title: product.product_name,
    description: product.quantity_per_unit,
    active: true,
    uom: "pc",
    stocked: true,
    listPriceCents: cents(round(decimalText(product.unit_price), 2, "half-up")),
    currency: CURRENCY,
  };
}

export function skuOf(productId: number): string {
  return `NW-${productId}`;
}

export type Ids = { customers: Map<string, string>; products: Map<number, string> };

/** Orders with lines, rounded as stated; `ids` are the CRM's own of what they refer to. */
export function orderNatives(northwind: Northwind, ids: Ids): JsonObject[] {
  const customers = new Map(northwind.customers.map((customer) => [customer.customer_id, customer]));
  const linesOf = Map.groupBy(northwind.order_details, (line) => line.order_id);
  return northwind.orders.map((order) => {
    const customer = customers.get(order.customer_id);
    if (customer === undefined)
      throw new Error(`order ${order.order_id} is of no customer ${order.customer_id}`);
    return orderNative(order, linesOf.get(order.order_id) ?? [], customer, ids);
  });
}

function orderNative(
  order: NorthwindOrder,
  details: readonly NorthwindLine[],
  customer: NorthwindCustomer,
  ids: Ids,
): JsonObject {
  const lines = details.map((detail, index) => lineNative(detail, index + 1, ids));
  const freight = round(decimalText(order.freight), ROUNDING.digits, ROUNDING.mode);
  const amounts = lines.map(({ netAmount }) => ({ netAmount, taxPercent: "0" }));
  const totals = computeTotals(amounts, [{ amount: freight, taxPercent: "0" }], ROUNDING);
  return present({
    orderNumber: String(order.order_id),
    accountId: ids.customers.get(order.customer_id),
    placedAt: `${order.order_date}T12:00:00.000Z`,
    wantedOn: order.required_date,
    currency: CURRENCY,
    status: "NEW",
    roundingMode: "HALF_UP",
    roundingPer: "LINE",
    lines: lines.map(({ native }) => native),
    fees: [{ code: "freight", kind: "FREIGHT", cents: cents(freight), taxPercent: "0", text: "Freight" }],
    linesCents: cents(totals.lines),
    feesCents: cents(totals.charges),
    netCents: cents(totals.net),
    taxCents: 0,
    grossCents: cents(totals.net),
    billTo: addressOf(
      customer.company_name,
      customer.address,
      customer.city,
      customer.region,
      customer.postal_code,
      customer.country,
    ),
    shipTo: addressOf(
      order.ship_name,
      order.ship_address,
      order.ship_city,
      order.ship_region,
      order.ship_postal_code,
      order.ship_country,
    ),
  });
}

function lineNative(
  detail: NorthwindLine,
  lineNo: number,
  ids: Ids,
): { native: JsonObject; netAmount: string } {
  const unitPrice = decimalText(detail.unit_price);
  const discountPercent = percentText(detail.discount);
  const priced = { quantity: { value: decimalText(detail.quantity) }, unitPrice };
  const netAmount = lineNetAmount(
    discountPercent === undefined ? priced : { ...priced, discountPercent },
    ROUNDING,
  );
  const native = present({
    lineNo,
    itemId: ids.products.get(detail.product_id),
    qty: detail.quantity,
    uom: "pc",
    unitPrice,
    discountPercent,
    netCents: cents(netAmount),
    taxPercent: "0",
  });
  return { native, netAmount };
}

function addressOf(
  name: string,
  street: string,
  town: string,
  state: string | null,
  zip: string | null,
  countryName: string,
): JsonObject {
  return present({ name, street, zip, town, state, countryCode: toCountryCode(countryName) });
}

/** As the JSON says it: the shortest text that reads as the number. */
function decimalText(value: number): string {
  const text = String(value);
  if (/^-?\d+(\.\d+)?$/.test(text)) return text;
  throw new Error(`${text} is no plain decimal number`);
}

/** 0.15 is 15; without a discount nothing. */
function percentText(fraction: number): string | undefined {
  if (fraction === 0) return undefined;
  const percent = multiply(decimalText(fraction), "100");
  return round(percent, significantDecimals(percent), "half-up");
}

function cents(amount: string): number {
  return Number(round(amount, 2, "half-up").replace(".", ""));
}

/** Absent is absent: what the JSON has as null is left out. */
function present(record: Record<string, unknown>): JsonObject {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined && value !== null),
  ) as JsonObject;
}
