import { expect, test } from "vitest";
import type { Fields } from "../../../src/canonical/types.ts";
import { type Belief, compareRecord } from "../../../src/reconcile/compare-record.ts";
import { same } from "../merge/arbitrary-merge.ts";

/** `status` is read there and not written. */
const mapping = { reads: () => true, writes: (path: string) => path !== "status" };

function belief(expected: Fields, held: Fields | undefined): Belief {
  return {
    canonicalId: "c",
    secondary: false,
    expected,
    held,
    written: new Map(),
    frozen: [],
    archived: false,
    same,
    isOwnKey: () => true,
  };
}

const fields = (note: string, status: string): Fields =>
  new Map([
    ["note", note],
    ["status", status],
  ]);

function compare(observed: Fields, believed: Belief) {
  const found = compareRecord({ localId: "1", native: {} }, observed, believed, mapping, undefined);
  return found.map(({ path, hub, systemValue }) => ({ path, hub, systemValue }));
}

test("a field that the hub does not write there differs when it is not as last seen, whatever the hub has itself", () => {
  const believed = belief(fields("a", "open"), fields("a", "shipped"));
  expect(compare(fields("a", "shipped"), believed)).toEqual([]);
  expect(compare(fields("a", "paid"), believed)).toEqual([
    { path: "status", hub: "shipped", systemValue: "paid" },
  ]);
  expect(compare(new Map([["note", "a"]]), believed)).toEqual([
    { path: "status", hub: "shipped", systemValue: null },
  ]);
});

test("a field that the hub writes there differs when it is not as wished; one of a record never seen, when it is not as wished either", () => {
  expect(compare(fields("b", "open"), belief(fields("a", "open"), fields("b", "open")))).toEqual([
    { path: "note", hub: "a", systemValue: "b" },
  ]);
  expect(compare(fields("a", "shipped"), belief(fields("a", "open"), undefined))).toEqual([
    { path: "status", hub: "open", systemValue: "shipped" },
  ]);
});
