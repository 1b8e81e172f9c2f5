import { equal, sum } from "../decimal.ts";
import type { Receivable } from "../types.generated.ts";
import type { Body, Problem } from "../types.ts";
import type { Rule } from "./rule.ts";

/** The total is what its open items, and its age bands, add up to. */
export const receivableAddsUp: Rule = (body: Body) => {
  const { total, items, ages } = body as Receivable;
  if (total === undefined) return [];
  return [
    ...differs(
      total,
      "items",
      items?.map(({ open }) => open),
    ),
    ...differs(
      total,
      "ages",
      ages?.map(({ amount }) => amount),
    ),
  ];
};

function differs(total: string, name: string, amounts: string[] | undefined): Problem[] {
  if (amounts === undefined) return [];
  const added = sum(amounts);
  if (equal(total, added)) return [];
  const text = `total "${total}" is not the sum of ${name}, which is ${added}`;
  return [{ path: "total", value: total, text, accepts: `"${added}"` }];
}
