import { computeTotals, lineNetAmount, type Rounding } from "../../../src/adapter-kit/canonical.ts";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { demoAddress } from "./demo-customers.ts";
import { COUNTRIES } from "./demo-places.ts";
import type { Random } from "./random.ts";

/** An order whose customer and products are still positions in their lists: ids are known once those are stored. */
export type DemoOrder = { customer: number; products: readonly number[]; native: JsonObject };

const FIRST_DAY = Date.UTC(2026, 0, 5, 7);
const DAY_MS = 86_400_000;

/** A placed order of one to five different products, its totals correct under the rounding it states. */
export function demoOrder(
  random: Random,
  n: number,
  customers: readonly JsonObject[],
  products: readonly JsonObject[],
): DemoOrder {
  const customer = random.below(customers.length);
  const chosen = [
    ...new Set(Array.from({ length: 1 + random.below(5) }, () => random.below(products.length))),
  ];
  const rounding: Rounding = { mode: "half-up", digits: 2, per: random.oneIn(2) ? "line" : "document" };
  const lines = chosen.map((product, index) =>
    demoLine(random, index + 1, products[product] ?? {}, rounding),
  );
  const fees = random.oneIn(3) ? [FREIGHT] : [];
  const placed = FIRST_DAY + random.below(300) * DAY_MS + random.below(12 * 3600) * 1000;
  const currency = (customers[customer]?.["creditCurrency"] as string | undefined) ?? "EUR";
  return {
    customer,
    products: chosen,
    native: {
      orderNumber: `D-${100_000 + n}`,
      placedAt: new Date(placed).toISOString().replace(".000Z", "Z"),
      ...(random.oneIn(2) && { wantedOn: new Date(placed + 14 * DAY_MS).toISOString().slice(0, 10) }),
      channel: random.pick(["web-shop", "phone", "visit", "mail"]),
      currency,
      status: "NEW",
      roundingMode: "HALF_UP",
      roundingPer: rounding.per === "line" ? "LINE" : "DOCUMENT",
      lines,
      ...(fees.length > 0 && { fees }),
      ...totalsOf(lines, fees, rounding),
      ...(random.oneIn(4) && { shipTo: shipTo(random) }),
      paymentMethod: random.pick(["invoice", "invoice", "card", "direct-debit"]),
    },
  };
}

const FREIGHT = { code: "freight", kind: "FREIGHT", cents: 690, taxPercent: "19", text: "Parcel" };

export function demoLine(
  random: Random,
  lineNo: number,
  product: JsonObject,
  rounding: Rounding,
): JsonObject {
  const listPrice = centsToDecimal(product["listPriceCents"] as number);
  const isByWeight = product["uom"] === "kg";
  const qty = isByWeight ? (1 + random.below(400)) / 8 : 1 + random.below(12);
  const discountPercent = random.oneIn(4) ? random.pick(["5", "7.5", "10", "12.25"]) : undefined;
  const priced = {
    quantity: { value: `${qty}` },
    unitPrice: listPrice,
    ...(discountPercent && { discountPercent }),
  };
  return {
    lineNo,
    text: product["title"] ?? "",
    qty,
    uom: product["uom"] ?? "pc",
    unitPrice: listPrice,
    ...(discountPercent !== undefined && { discountPercent }),
    netCents: decimalToCents(lineNetAmount(priced, rounding)),
    taxPercent: "19",
  };
}

export function totalsOf(
  lines: readonly JsonObject[],
  fees: readonly JsonObject[],
  rounding: Rounding,
): JsonObject {
  const amounts = lines.map(({ netCents }) => ({
    netAmount: centsToDecimal(netCents as number),
    taxPercent: "19",
  }));
  const charges = fees.map(({ cents }) => ({ amount: centsToDecimal(cents as number), taxPercent: "19" }));
  const totals = computeTotals(amounts, charges, rounding);
  return {
    linesCents: decimalToCents(totals.lines),
    ...(fees.length > 0 && { feesCents: decimalToCents(totals.charges) }),
    netCents: decimalToCents(totals.net),
    taxCents: decimalToCents(totals.tax ?? "0"),
    grossCents: decimalToCents(totals.gross ?? totals.net),
  };
}

function shipTo(random: Random): JsonObject {
  const country = random.pick(COUNTRIES);
  return {
    name: random.pick(country.companies).replaceAll("*", random.pick(country.familyNames)),
    ...demoAddress(random, country),
  };
}

function centsToDecimal(cents: number): string {
  const digits = `${cents}`.padStart(3, "0");
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

function decimalToCents(amount: string): number {
  return Number(amount.replace(".", ""));
}
