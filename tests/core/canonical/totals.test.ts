import * as fc from "fast-check";
import { expect, test } from "vitest";
import { add } from "../../../src/canonical/decimal.ts";
import { loadModel } from "../../../src/canonical/model.ts";
import { computeTotals, lineNetAmount, type Rounding } from "../../../src/canonical/totals.ts";

const order = loadModel().entity("order");

const twoDecimals = (max: number) => fc.nat({ max }).map((cents) => (cents / 100).toFixed(2));
const rounding: fc.Arbitrary<Rounding> = fc.record({
  mode: fc.constantFrom("half-up", "half-even"),
  digits: fc.constant(2),
  per: fc.constantFrom("line", "document"),
});
const line = fc.record({
  quantity: fc.nat({ max: 500 }).map(String),
  unitPrice: fc.nat({ max: 9_999_999 }).map((units) => (units / 1000).toFixed(3)),
  discountPercent: fc.constantFrom("0", "2.5", "10"),
  taxPercent: fc.constantFrom("0", "7", "19"),
});
const document = fc.record({
  rounding,
  lines: fc.array(line, { minLength: 1, maxLength: 6 }),
  freight: twoDecimals(5000),
});

function orderOf({ rounding, lines, freight }: typeof document extends fc.Arbitrary<infer D> ? D : never) {
  const made = lines.map(({ quantity, ...rest }, index) => {
    const priced = { ...rest, quantity: { value: quantity, unit: "C62" } };
    return {
      key: String(index + 1),
      item: { id: "p" },
      ...priced,
      netAmount: lineNetAmount(priced, rounding),
    };
  });
  const charges = [{ key: "freight", kind: "freight", amount: freight, taxPercent: "19" }];
  const totals = computeTotals(made, charges, rounding);
  return { number: "1", buyer: { id: "c" }, currency: "EUR", rounding, lines: made, charges, totals };
}

test("an order whose totals were computed here is accepted", () => {
  fc.assert(
    fc.property(document, (given) => {
      expect(order.validate(orderOf(given))).toEqual([]);
    }),
  );
});

test("a total that is one cent off is refused, whichever it is", () => {
  const name = fc.constantFrom("lines", "charges", "net", "tax", "gross");
  fc.assert(
    fc.property(document, name, (given, wrong) => {
      const body = orderOf(given);
      const totals = { ...body.totals, [wrong]: add(body.totals[wrong] as string, "0.01") };
      expect(order.validate({ ...body, totals }).map(({ path }) => path)).toEqual([`totals.${wrong}`]);
    }),
  );
});

/** Rounds a fraction to cents in whole numbers, half away from zero or to even. */
function cents(numerator: bigint, denominator: bigint, mode: Rounding["mode"]): bigint {
  const whole = (numerator * 100n) / denominator;
  const rest = numerator * 100n - whole * denominator;
  if (rest * 2n > denominator) return whole + 1n;
  if (rest * 2n === denominator && (mode === "half-up" || whole % 2n === 1n)) return whole + 1n;
  return whole;
}

test("tax agrees with a computation in whole numbers, per line and per document", () => {
  fc.assert(
    fc.property(document, (given) => {
      const { rounding, totals, lines, charges } = orderOf(given);
      const amounts = [
        ...lines.map(({ netAmount, taxPercent }) => ({ amount: netAmount, taxPercent })),
        ...charges.map(({ amount, taxPercent }) => ({ amount, taxPercent })),
      ].map(({ amount, taxPercent }) => ({
        cents: BigInt(amount.replace(".", "")),
        percent: BigInt(taxPercent),
      }));
      const perAmount = amounts.map((one) => cents(one.cents * one.percent, 10_000n, rounding.mode));
      const perRate = [0n, 7n, 19n].map((rate) => {
        const base = amounts
          .filter(({ percent }) => percent === rate)
          .reduce((total, one) => total + one.cents, 0n);
        return cents(base * rate, 10_000n, rounding.mode);
      });
      const parts = rounding.per === "line" ? perAmount : perRate;
      const expected = parts.reduce((total, part) => total + part, 0n);
      expect(BigInt((totals.tax as string).replace(".", ""))).toBe(expected);
    }),
  );
});

test("without a rate on every amount there is no tax to compute", () => {
  const per = { mode: "half-up", digits: 2, per: "line" } as const;
  const totals = computeTotals([{ netAmount: "10", taxPercent: "19" }, { netAmount: "1" }], [], per);
  expect(totals).toEqual({ lines: "11.00", charges: "0.00", net: "11.00" });
});

test("a discount lowers the total and its tax", () => {
  const per = { mode: "half-up", digits: 2, per: "document" } as const;
  const discount = { amount: "-10.00", taxPercent: "19.0" };
  expect(computeTotals([{ netAmount: "100.00", taxPercent: "19" }], [discount], per)).toEqual({
    lines: "100.00",
    charges: "-10.00",
    net: "90.00",
    tax: "17.10",
    gross: "107.10",
  });
});
