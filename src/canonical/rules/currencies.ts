import { significantDecimals } from "../decimal.ts";
import { visit } from "../references.ts";
import type { Body, Problem } from "../types.ts";
import type { Rule } from "./rule.ts";

/** Amounts that somebody pays have no more decimals than their currency: nobody can pay half a yen. */
export const amountsFitCurrency: Rule = (body: Body) => {
  const currency = body["currency"];
  if (typeof currency !== "string") return [];
  const digits = minorDigits(currency);
  const totals = (body["totals"] ?? {}) as Record<string, string>;
  const payable: [string, unknown][] = [
    ["amount", body["amount"]],
    ["paidAmount", body["paidAmount"]],
    ...["net", "tax", "gross"].map((name): [string, unknown] => [`totals.${name}`, totals[name]]),
  ];
  const problems: Problem[] = [];
  for (const [path, value] of payable) {
    if (typeof value !== "string" || significantDecimals(value) <= digits) continue;
    const text = `${path} "${value}" has more decimals than ${currency}, which has ${digits}`;
    problems.push({ path, value, text, accepts: `at most ${digits} decimals` });
  }
  return problems;
};

/** All amounts of the record are in one currency. */
export const oneCurrency: Rule = (body, shape) => {
  const problems: Problem[] = [];
  let first: { path: string; currency: string } | undefined;
  visit(shape, body, "", (at, value, path) => {
    if (at.kind !== "leaf" || at.schema.format !== "currency") return;
    const currency = value as string;
    first ??= { path, currency };
    if (currency === first.currency) return;
    const text = `${path} "${currency}" differs from ${first.path}, which is ${first.currency}`;
    problems.push({ path, value, text, accepts: `"${first.currency}" throughout` });
  });
  return problems;
};

const digitsOf = new Map<string, number>();

function minorDigits(currency: string): number {
  let digits = digitsOf.get(currency);
  if (digits === undefined) {
    const format = new Intl.NumberFormat("en", { style: "currency", currency });
    digits = format.resolvedOptions().maximumFractionDigits ?? 2;
    digitsOf.set(currency, digits);
  }
  return digits;
}
