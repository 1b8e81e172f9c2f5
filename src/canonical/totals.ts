import {
  add,
  equal,
  multiply,
  percentOf,
  type RoundingMode,
  round,
  significantDecimals,
  subtract,
  sum,
} from "./decimal.ts";

export type Rounding = { mode: RoundingMode; digits: number; per: "line" | "document" };

/** What of a line its net amount follows from. */
export type PricedLine = {
  quantity: { value: string };
  unitPrice: string;
  discountPercent?: string;
  discountAmount?: string;
};

/** What of a line or a charge enters the totals. */
export type TaxedAmount = { amount: string; taxPercent?: string };
export type LineAmount = { netAmount: string; taxPercent?: string };

export type Totals = { lines: string; charges: string; net: string; tax?: string; gross?: string };

/** Quantity times price less discounts, with all its decimals. */
export function exactNetAmount(line: PricedLine): string {
  const full = multiply(line.quantity.value, line.unitPrice);
  const discounted = subtract(full, percentOf(full, line.discountPercent ?? "0"));
  return subtract(discounted, line.discountAmount ?? "0");
}

/** The same, rounded as the document rounds. */
export function lineNetAmount(line: PricedLine, { digits, mode }: Rounding): string {
  return round(exactNetAmount(line), digits, mode);
}

/**
 * Whether a stated net amount follows from its line: exact, or rounded to at least as many decimals as the document has.
 * Rounded per line, it must have exactly those.
 */
export function isNetAmountOf(stated: string, line: PricedLine, { digits, mode, per }: Rounding): boolean {
  const decimals = per === "line" ? digits : Math.max(digits, significantDecimals(stated));
  return equal(stated, round(exactNetAmount(line), decimals, mode));
}

/**
 * Adds a document up from the net amounts of its lines and its signed charges (freight is one of them).
 *
 * Per `line`, every amount and its tax are rounded and then added; per `document`, amounts are added as they stand, and net
 * and the tax of each rate are rounded once. Tax and gross are there only if every amount names its rate.
 */
export function computeTotals(
  lines: readonly LineAmount[],
  charges: readonly TaxedAmount[],
  rounding: Rounding,
): Totals {
  const amounts: TaxedAmount[] = lines.map(({ netAmount, ...line }) => ({ ...line, amount: netAmount }));
  const linesTotal = total(amounts, rounding);
  const chargesTotal = total(charges, rounding);
  const net = add(linesTotal, chargesTotal);
  const totals: Totals = { lines: linesTotal, charges: chargesTotal, net };
  const tax = taxOf([...amounts, ...charges], rounding);
  return tax === undefined ? totals : { ...totals, tax, gross: add(net, tax) };
}

function total(amounts: readonly TaxedAmount[], { mode, digits, per }: Rounding): string {
  if (per === "document") return round(sum(amounts.map(({ amount }) => amount)), digits, mode);
  return round(sum(amounts.map(({ amount }) => round(amount, digits, mode))), digits, mode);
}

function taxOf(amounts: readonly TaxedAmount[], { mode, digits, per }: Rounding): string | undefined {
  const byRate = new Map<string, string>();
  let perLine = "0";
  for (const { amount, taxPercent } of amounts) {
    if (taxPercent === undefined) return undefined;
    const rate = round(taxPercent, 6, mode);
    byRate.set(rate, add(byRate.get(rate) ?? "0", amount));
    if (per === "line")
      perLine = add(perLine, round(percentOf(round(amount, digits, mode), rate), digits, mode));
  }
  if (per === "line") return round(perLine, digits, mode);
  const taxes = [...byRate].map(([rate, base]) => round(percentOf(base, rate), digits, mode));
  return round(sum(taxes), digits, mode);
}
