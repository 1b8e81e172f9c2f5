import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  add,
  compare,
  equal,
  multiply,
  negate,
  percentOf,
  round,
  significantDecimals,
  subtract,
  sum,
} from "../../../src/canonical/decimal.ts";

/** A decimal as text, with the same number as a whole one of 10^-12 units, worked out without the code under test. */
const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat({ max: 6 }))
  .map(([units, scale]) => {
    const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
    const whole = digits.slice(0, digits.length - scale);
    const text = `${units < 0n ? "-" : ""}${scale === 0 ? whole : `${whole}.${digits.slice(-scale)}`}`;
    return { text, fixed: units * 10n ** BigInt(12 - scale) };
  });

function fixed(text: string): bigint {
  const [whole = "", rest = ""] = text.split(".");
  return BigInt(whole + rest.padEnd(12, "0"));
}

describe("decimal arithmetic is exact", () => {
  test("add, subtract, negate and compare", () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        expect(fixed(add(a.text, b.text))).toBe(a.fixed + b.fixed);
        expect(fixed(subtract(a.text, b.text))).toBe(a.fixed - b.fixed);
        expect(fixed(negate(a.text))).toBe(-a.fixed);
        expect(compare(a.text, b.text)).toBe(a.fixed < b.fixed ? -1 : a.fixed > b.fixed ? 1 : 0);
      }),
    );
  });

  test("multiply", () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        expect(fixed(multiply(a.text, b.text)) * 10n ** 12n).toBe(a.fixed * b.fixed);
      }),
    );
  });

  test("round is never further off than one half, and takes a half where its mode says", () => {
    fc.assert(
      fc.property(decimal, fc.nat({ max: 6 }), fc.constantFrom("half-up", "half-even"), (a, digits, mode) => {
        const rounded = round(a.text, digits, mode);
        const step = 10n ** BigInt(12 - digits);
        const off = fixed(rounded) - a.fixed;
        const size = off < 0n ? -off : off;
        expect(fixed(rounded) % step).toBe(0n);
        expect(size * 2n <= step).toBe(true);
        expect(rounded.split(".")[1]?.length ?? 0).toBe(digits);
        const isHalf = size * 2n === step;
        const wentWhereItShould =
          mode === "half-even" ? (fixed(rounded) / step) % 2n === 0n : off > 0n === a.fixed > 0n;
        expect(isHalf && !wentWhereItShould).toBe(false);
      }),
    );
  });
});

test("halves go away from zero or to the even neighbour", () => {
  const halves = ["0.125", "0.135", "-0.125", "-0.135", "2.345"];
  expect(halves.map((text) => round(text, 2, "half-up"))).toEqual(["0.13", "0.14", "-0.13", "-0.14", "2.35"]);
  expect(halves.map((text) => round(text, 2, "half-even"))).toEqual([
    "0.12",
    "0.14",
    "-0.12",
    "-0.14",
    "2.34",
  ]);
  expect([round("2.5", 0, "half-up"), round("2.5", 0, "half-even")]).toEqual(["3", "2"]);
});

test("what floating numbers get wrong comes out right", () => {
  expect(add("0.1", "0.2")).toBe("0.3");
  expect(multiply("1.005", "1000")).toBe("1005.000");
  expect(sum(["0.1", "0.1", "0.1"])).toBe("0.3");
  expect(percentOf("19.99", "19")).toBe("3.7981");
});

test("a number rounded to nothing has no sign", () => {
  expect(round("-0.001", 2, "half-up")).toBe("0.00");
  expect(negate("0.00")).toBe("0.00");
});

test("numbers are equal however they are written, and only decimals count", () => {
  expect(equal("1.50", "1.5")).toBe(true);
  expect(equal("-0", "0.00")).toBe(true);
  expect(significantDecimals("10.50")).toBe(1);
  expect(significantDecimals("10.00")).toBe(0);
  expect(() => add("1,5", "1")).toThrow('"1,5" is no decimal number');
  expect(() => add("1e3", "1")).toThrow("no decimal number");
});
