import { assert, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { equal, lineNetAmount, multiply, round } from "../../../src/adapter-kit/canonical.ts";
import { faultOfAnswer } from "../faults.ts";
import { decodeRpc, rpcInstant } from "../rpc-values.ts";
import { lineNote, parseLineNote, unitPriceFor } from "../sale-lines.ts";

test.each([
  ["149.9000", "149.90"],
  ["0E-8", "0.00"],
  ["1E+3", "1000"],
  ["-1.2E-5", "-0.00012"],
  ["0.1900", "0.19"],
  ["12", "12"],
])("the decimal %s, as Python writes it, reads as %s", (written, read) => {
  expect(decodeRpc({ __class__: "Decimal", decimal: written })).toBe(read);
});

test("an instant keeps its microseconds both ways", () => {
  const instant = "2026-11-22T01:02:03.000456Z";
  expect(decodeRpc(rpcInstant(instant))).toBe(instant);
});

test("for fewer than 100 units there is always a price that gives the agreed amount, whichever way it was rounded", () => {
  const cases = [
    integer({ min: 1, max: 99 }),
    integer({ min: 1, max: 99_999 }),
    integer({ min: 0, max: 99 }),
  ] as const;
  const law = property(...cases, (units, cents, percent) => {
    const unitPrice = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, "0")}`;
    const line = { quantity: { value: String(units) }, unitPrice, discountPercent: String(percent) };
    const amount = lineNetAmount(line, { mode: "half-up", digits: 2, per: "line" });
    const native = {
      quantity: String(units),
      base_price: unitPrice,
      discount_percent: String(percent),
      amount,
    };
    const price = unitPriceFor(native, 2, 4);
    return equal(round(multiply(String(units), price), 2, "half-even"), amount);
  });
  assert(law, { numRuns: 2000 });
});

test("an amount that no price of four decimals gives is refused, naming the line", () => {
  const line = { key: "7", quantity: "130", base_price: "1.00", amount: "99.99" };
  expect(() => unitPriceFor(line, 2, 4)).toThrow(expect.objectContaining({ code: "NAVE_RECORD_REFUSED" }));
});

test("a line's note tells the order's key, kind and key again, whatever the keys hold", () => {
  expect(parseLineNote(lineNote("a:b-1", "item", "1:2"))).toEqual({
    probeKey: "a:b-1",
    kind: "item",
    key: "1:2",
  });
  expect(parseLineNote("please wrap as a gift")).toBeUndefined();
});

test.each([
  [["ConcurrencyException", "Records were modified in the meanwhile"], "NAVE_RECORD_STALE"],
  [["UserError", ["The code on party must be unique.", "", null]], "NAVE_RECORD_REFUSED"],
  [["UserWarning", ["credit", "Over the limit.", "Continue?"]], "NAVE_RECORD_REFUSED"],
  [["LoginException", ["device", "Enter the code", "char"]], "NAVE_CREDENTIALS_REFUSED"],
  [["'nme'", ""], "NAVE_RECORD_REFUSED"],
  [["could not serialize access due to concurrent update", ""], "NAVE_SYSTEM_UNAVAILABLE"],
  [["server closed the connection unexpectedly: connection terminated", ""], "NAVE_WRITE_IN_DOUBT"],
  [null, "NAVE_WRITE_IN_DOUBT"],
] as const)("the error %j inside HTTP 200 means %s for a write", (error, code) => {
  const told = error === null ? null : structuredClone(error as unknown as string[]);
  expect(faultOfAnswer(told, "model.party.party.write", true).code).toBe(code);
});

test("a refusal by Tryton's own text names field and value, and what is accepted", () => {
  const text = 'The value "Nord\tWind" for field "Name" in "Party" is not one of the allowed options.';
  const { detail } = faultOfAnswer(["UserError", [text, "", null]], "model.party.party.create", true);
  expect(detail).toMatchObject({
    field: "Name",
    value: "Nord\tWind",
    accepts: expect.stringContaining("options"),
  });
});
