import { expect, test } from "vitest";
import { fingerprint } from "../../../src/receive/fingerprint.ts";

const RECORD = { id: "7", name: "Ada", addresses: [{ zip: "10115", city: "Berlin" }, { zip: "20459" }] };

test("the same content in another order of its properties, at any depth, is the same", () => {
  const reordered = { addresses: [{ city: "Berlin", zip: "10115" }, { zip: "20459" }], name: "Ada", id: "7" };
  expect(fingerprint(reordered, false)).toBe(fingerprint(RECORD, false));
});

test.each([
  ["a value is another", { ...RECORD, name: "Bo" }],
  ["a number is no text", { ...RECORD, id: 7 }],
  ["a property is missing", { id: "7", name: "Ada" }],
  ["null is not absent", { ...RECORD, note: null }],
  ["a list has another order", { ...RECORD, addresses: RECORD.addresses.toReversed() }],
])("%s: not the same", (_, record) => {
  expect(fingerprint(record, false)).not.toBe(fingerprint(RECORD, false));
});

test("a record that is deleted is not the same as one that exists", () => {
  expect(fingerprint(RECORD, true)).not.toBe(fingerprint(RECORD, false));
});
