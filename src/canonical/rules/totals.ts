import { add, compare, equal } from "../decimal.ts";
import {
  computeTotals,
  isNetAmountOf,
  lineNetAmount,
  type PricedLine,
  type Rounding,
  type Totals,
} from "../totals.ts";
import type { Charge, Invoice, InvoiceLine } from "../types.generated.ts";
import type { Body, Problem } from "../types.ts";
import type { Rule } from "./rule.ts";

/** Quotes, orders and purchase orders have order lines; an invoice's need not say how many at what price. */
type Priced = Pick<Invoice, "rounding" | "lines" | "charges" | "totals">;
type PricedInvoiceLine = InvoiceLine & PricedLine;

/** Net amounts follow from their lines, totals from lines and charges, under the rounding the document states. */
export const totalsAddUp: Rule = (body: Body) => {
  const { rounding, lines = [], charges = [], totals } = body as Priced;
  const problems = charges.flatMap(discountSign);
  if (rounding === undefined) return problems;
  for (const line of lines) problems.push(...netAmountFollows(line, rounding));
  if (totals !== undefined) problems.push(...sumsMatch(totals, computeTotals(lines, charges, rounding)));
  return problems;
};

function discountSign({ key, kind, amount }: Charge): Problem[] {
  if (kind !== "discount" || compare(amount, "0") <= 0) return [];
  return [
    {
      path: `charges[${key}].amount`,
      value: amount,
      text: `the discount ${key} of "${amount}" would raise the total`,
      accepts: `a negative amount, such as "-${amount}"`,
    },
  ];
}

function netAmountFollows(line: InvoiceLine, rounding: Rounding): Problem[] {
  if (!isPriced(line) || isNetAmountOf(line.netAmount, line, rounding)) return [];
  const path = `lines[${line.key}].netAmount`;
  const expected = lineNetAmount(line, rounding);
  const text = `${path} "${line.netAmount}" is not quantity times price less discount, which is ${expected}`;
  return [{ path, value: line.netAmount, text, accepts: `"${expected}"` }];
}

function isPriced(line: InvoiceLine): line is PricedInvoiceLine {
  return line.quantity !== undefined && line.unitPrice !== undefined;
}

const WHAT: Record<keyof Totals, string> = {
  lines: "the sum of the lines",
  charges: "the sum of the charges",
  net: "lines and charges together",
  tax: "the tax of lines and charges",
  gross: "net and tax together",
};

function sumsMatch(stated: Partial<Totals>, computed: Totals): Problem[] {
  const problems: Problem[] = [];
  // Where the charges are left out there are none; where a line names no rate, the stated tax is taken as it is.
  const expected: Partial<Totals> = { ...computed };
  if (computed.gross === undefined && stated.gross !== undefined && stated.tax !== undefined) {
    expected.gross = add(computed.net, stated.tax);
  }
  for (const name of Object.keys(WHAT) as (keyof Totals)[]) {
    const value = name === "charges" ? (stated.charges ?? "0") : stated[name];
    const sum = expected[name];
    if (value === undefined || sum === undefined || equal(value, sum)) continue;
    const path = `totals.${name}`;
    problems.push({
      path,
      value,
      text: `${path} "${value}" is not ${WHAT[name]}, which is ${sum}`,
      accepts: `"${sum}"`,
    });
  }
  return problems;
}
