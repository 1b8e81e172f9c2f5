import { compare, sum } from "../decimal.ts";
import type { Payment } from "../types.generated.ts";
import type { Body } from "../types.ts";
import type { Rule } from "./rule.ts";

/** A payment does not settle more than was paid; a refund (negative) not more than was given back. */
export const allocationsWithinPayment: Rule = (body: Body) => {
  const { amount, allocations = [] } = body as Payment;
  const allocated = sum(allocations.map((allocation) => allocation.amount));
  const tooMuch = amount.startsWith("-") ? compare(allocated, amount) < 0 : compare(allocated, amount) > 0;
  if (!tooMuch) return [];
  const text = `the allocations add up to ${allocated}, more than the payment of ${amount}`;
  return [{ path: "allocations", value: allocated, text, accepts: `at most "${amount}" in all` }];
};
