import { expect, test } from "vitest";
import type { JsonObject } from "../../src/adapter-kit/contract.ts";
import { compareEffects } from "../../src/flows/cases/compare-effects.ts";
import type { Effects, Expectation } from "../../src/flows/cases/types.ts";

const rejections = (...found: [text: string, owner: string][]): Effects => ({
  wishes: [],
  commands: [],
  notifications: [],
  waits: [],
  derived: [],
  amended: [],
  rejections: found.map(([text, owner]) => ({ text, owner })),
  failures: [],
  settled: false,
});
const expected = (...properties: JsonObject[]): Expectation => ({
  wishes: [],
  commands: [],
  notifications: [],
  waits: [],
  derived: [],
  amended: [],
  rejections: properties.map((one) => ({ properties: one, exact: false })),
  failures: [],
});

test("an expectation that says little leaves the effect to one that says more", () => {
  const found = rejections(["late", "sales"], ["early", "sales"]);
  expect(compareEffects(expected({ owner: "sales" }, { text: "late" }), found)).toEqual([]);
  expect(compareEffects(expected({ text: "late" }, { owner: "sales" }), found)).toEqual([]);
});

test("the nearest is the one meant, not the one with the fewest differences", () => {
  const found = rejections(["late", "stock"], ["too late", "sales"]);
  expect(compareEffects(expected({ text: "late", owner: "sales" }), found)).toEqual([
    {
      kind: "rejections",
      expected: { text: "late", owner: "sales" },
      found: { text: "too late", owner: "sales" },
      differences: [{ path: "text", expected: "late", found: "too late" }],
    },
    { kind: "rejections", found: { text: "late", owner: "stock" }, differences: [] },
  ]);
});
