import {
  add,
  compare,
  equal,
  multiply,
  negate,
  percentOf,
  round,
  subtract,
  sum,
} from "../../src/adapter-kit/canonical.ts";
import type { Json, JsonObject } from "../../src/adapter-kit/index.ts";
import { percentOfRate } from "./directory.ts";
import { refused } from "./faults.ts";
import { idOf, linked, linkedRows, plainText, present, quantity, type Row, text } from "./rows.ts";
import { isPosted } from "./settlement.ts";

/** What one Tryton says about lines of orders and invoices. */
export type LineRules = {
  /** Whether the module sale_discount is there, which keeps the price before discount. */
  hasBasePrice: boolean;
  /** Decimals of a unit price: `price_decimal` in trytond.conf, 4 unless stated. */
  priceDigits: number;
  /** Whether Tryton rounds taxes per line or once per document. */
  taxRounding: string;
  /** Products whose lines are charges on the whole order, not items. */
  chargeProducts: readonly number[];
  freightProduct: number | undefined;
};

export type NativeLine = JsonObject & {
  kind: string;
  key: string;
  quantity: string;
  amount: string;
  stocked: boolean;
  shipped_quantity: string;
};

/**
 * The hub's key of the order, and the line's kind and key, are kept in the line's note: it is not printed, Tryton copies it
 * to the line of the invoice, and it can be searched.
 */
export function lineNote(probeKey: string, kind: string, key: string): string {
  return `NAVE:${probeKey}:${kind}:${key}`;
}

export function parseLineNote(
  note: string | undefined,
): { probeKey: string; kind: string; key: string } | undefined {
  const [, probeKey, kind, key] = /^NAVE:(.+?):(item|freight|fee|discount):([\s\S]+)$/.exec(note ?? "") ?? [];
  return probeKey === undefined || kind === undefined || key === undefined
    ? undefined
    : { probeKey, kind, key };
}

/** The key that the front office gave, or Tryton's own id: a number, because some systems number their lines. */
export function keyOfLine(line: Row): string {
  return parseLineNote(text(line, "note"))?.key ?? String(line.id);
}

export function nativeLine(row: Row, rules: LineRules): NativeLine {
  const noted = parseLineNote(text(row, "note"));
  const product = idOf(row, "product");
  const amount = text(row, "amount") ?? "0";
  const type = text(linked(row, "product"), "type");
  const moved = linkedRows(row, "moves").filter((move) => text(move, "state") === "done");
  const invoiced = linkedRows(row, "invoice_lines").filter((line) => isPosted(linked(line, "invoice")));
  const native = present({
    id: row.id,
    key: keyOfLine(row),
    kind: noted?.kind ?? kindOf(product, amount, rules),
    stocked: type === "goods" || type === "assets",
    product: product === undefined ? undefined : String(product),
    description: text(row, "description"),
    quantity: quantity(row, "quantity"),
    unit: text(linked(row, "unit"), "symbol"),
    ...listPrice(row),
    unit_price: text(row, "unit_price"),
    amount,
    tax_percent: taxPercent(row),
    shipped_quantity: sum(moved.map((move) => quantity(move, "quantity"))),
    invoiced_quantity: sum(invoiced.map((line) => quantity(line, "quantity"))),
  });
  return native as NativeLine;
}

/** The price before discount and the discount, when both together give the unit price exactly; else the price alone. */
function listPrice(row: Row): { base_price?: string; discount_percent?: string } {
  const net = text(row, "unit_price");
  if (net === undefined) return {};
  const base = text(row, "base_price");
  if (base === undefined || compare(base, "0") <= 0 || equal(base, net)) return { base_price: net };
  const percent = divide(multiply(subtract(base, net), "100"), base, 6).replace(/\.?0+$/, "");
  const exact = compare(percent, "0") > 0 && equal(subtract(base, percentOf(base, percent)), net);
  return exact ? { base_price: base, discount_percent: percent } : { base_price: net };
}

/** Of the one tax of the line; several, or one that is no percentage, cannot be told as one. No tax is 0 %. */
export function taxPercent(row: Row): string | undefined {
  const taxes = linkedRows(row, "taxes");
  if (taxes.length === 0) return "0";
  const [tax] = taxes;
  return taxes.length === 1 && tax && text(tax, "type") === "percentage"
    ? percentOfRate(text(tax, "rate"))
    : undefined;
}

/**
 * The unit price that makes Tryton's line amount, quantity times price rounded half to even, exactly the amount that was
 * agreed. Discounts are folded in; a front office that rounds half up differs in the last cent now and then, and then the
 * price gives way by the smallest step.
 */
export function unitPriceFor(line: JsonObject, amountDigits: number, priceDigits: number): string {
  const base = decimalIn(line, "base_price");
  const discount = text(line, "discount_percent") ?? "0";
  const exact = subtract(base, percentOf(base, discount));
  const price = round(exact, priceDigits, "half-even");
  const agreed = text(line, "amount");
  if (agreed === undefined) return price;
  const count = decimalIn(line, "quantity");
  const gives = (candidate: string) =>
    equal(round(multiply(count, candidate), amountDigits, "half-even"), agreed);
  if (gives(price)) return price;
  const even = compare(count, "0") === 0 ? price : divide(agreed, count, priceDigits);
  const step = round("0", priceDigits, "half-even").replace(/0$/, "1");
  const found = [even, add(even, step), subtract(even, step)].find(gives);
  if (found !== undefined) return found;
  throw refused(`No price with ${priceDigits} decimals gives ${agreed} for ${count} units`, {
    field: `lines[${plainText(line["key"])}].netAmount`,
    value: agreed,
    accepts:
      "an amount that Tryton's price digits can express; price_decimal in trytond.conf allows more of them",
  });
}

export function kindOf(product: number | undefined, amount: string, rules: LineRules): string {
  if (product !== undefined && !rules.chargeProducts.includes(product)) return "item";
  if (product !== undefined && product === rules.freightProduct) return "freight";
  return compare(amount, "0") < 0 ? "discount" : "fee";
}

/** a / b, rounded half to even to so many decimals. */
function divide(a: string, b: string, digits: number): string {
  const numerator = unscaled(a) * 10n ** BigInt(digits + 2);
  const quotient = numerator / unscaled(b);
  const negative = quotient < 0n;
  const figures = (negative ? -quotient : quotient).toString().padStart(digits + 3, "0");
  const plain = `${figures.slice(0, -(digits + 2))}.${figures.slice(-(digits + 2))}`;
  const rounded = round(plain, digits, "half-even");
  return negative ? negate(rounded) : rounded;
}

/** In units of the tenth decimal. */
function unscaled(decimal: string): bigint {
  return BigInt(round(decimal, 10, "half-even").replace(".", ""));
}

function decimalIn(line: JsonObject, field: string): string {
  const value: Json | undefined = line[field];
  if (typeof value === "string") return value;
  throw refused(`The line has no ${field}`, {
    field: `lines[${plainText(line["key"])}]`,
    accepts: "a decimal number",
  });
}
