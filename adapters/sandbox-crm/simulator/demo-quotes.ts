import type { Rounding } from "../../../src/adapter-kit/canonical.ts";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { demoLine, totalsOf } from "./demo-orders.ts";
import type { Random } from "./random.ts";

/** A quote whose customer and products are still positions in their lists. */
export type DemoQuote = { customer: number; products: readonly number[]; native: JsonObject };

const STAGES = ["WON", "QUOTED", "NEGOTIATING", "WON", "LOST", "QUOTED"];
const ROUNDING: Rounding = { mode: "half-up", digits: 2, per: "line" };

/** An offer of one or two products, every other one a small one; about every third is won. */
export function demoQuote(
  random: Random,
  n: number,
  customers: readonly JsonObject[],
  products: readonly JsonObject[],
): DemoQuote {
  const customer = random.below(customers.length);
  const drawn = Array.from({ length: 8 }, () => random.below(products.length));
  const chosen = n % 2 === 0 ? [...new Set(drawn.slice(0, 2))] : [cheapest(drawn, products)];
  const lines = chosen.map((product, index) =>
    demoLine(random, index + 1, products[product] ?? {}, ROUNDING),
  );
  const stage = STAGES[n % STAGES.length] ?? "QUOTED";
  return {
    customer,
    products: chosen,
    native: {
      quoteNumber: `Q-${5000 + n}`,
      title: random.pick(["Spring season", "Workshop equipment", "Company bicycles", "Reopening"]),
      stage,
      ...(stage === "LOST" && { lostReason: "Bought elsewhere" }),
      channel: random.pick(["phone", "visit", "mail"]),
      currency: (customers[customer]?.["creditCurrency"] as string | undefined) ?? "EUR",
      roundingMode: "HALF_UP",
      roundingPer: "LINE",
      lines,
      ...totalsOf(lines, [], ROUNDING),
    },
  };
}

function cheapest(drawn: readonly number[], products: readonly JsonObject[]): number {
  const priceOf = (at: number) => (products[at]?.["listPriceCents"] as number | undefined) ?? Infinity;
  return drawn.reduce((least, at) => (priceOf(at) < priceOf(least) ? at : least), drawn[0] ?? 0);
}
