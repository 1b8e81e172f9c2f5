import * as fc from "fast-check";
import type { Json } from "../../../src/adapter-kit/contract.ts";
import type { FieldPath, Fields } from "../../../src/canonical/types.ts";
import type { FieldRule } from "../../../src/config/types.ts";
import type { Change, Provenance, SameField } from "../../../src/merge/types.ts";

export const SYSTEMS = ["crm", "erp", "shop"] as const;
export const PATHS: FieldPath[] = [
  "name",
  "note",
  "credit.limit",
  "credit.rating",
  "addresses[billing].city",
];

export const same: SameField = (_path, one, other) => JSON.stringify(one) === JSON.stringify(other);

const START_MS = Date.parse("2026-11-20T10:00:00Z");
export const instantAt = (step: number) => new Date(START_MS + step * 1000).toISOString();

export const arbitrarySystem = fc.constantFrom(...SYSTEMS);
export const arbitraryPath = fc.constantFrom(...PATHS);
/** Few values, so that agreement by chance is common. */
export const arbitraryValue: fc.Arbitrary<Json> = fc.constantFrom(
  "a",
  "b",
  "abcdef",
  "abcxyz",
  "1.5",
  true,
  7,
);

export const arbitraryFields: fc.Arbitrary<Fields> = fc
  .dictionary(arbitraryPath, arbitraryValue, { noNullPrototype: true })
  .map((values) => new Map(Object.entries(values)));

const RULES: FieldRule[] = [
  { fields: ["*"], rule: "newest" },
  { fields: ["*"], rule: "most-complete" },
  { fields: ["*"], rule: "rank", systems: ["erp", "crm"] },
  { fields: ["note"], rule: "ask" },
  { fields: ["credit"], rule: "owner", owner: "erp" },
  { fields: ["credit.rating"], rule: "rank", systems: ["shop", "crm", "erp"] },
  { fields: ["addresses"], rule: "owner", owner: "crm" },
];
export const arbitraryRules = fc.subarray(RULES);

export const arbitraryProvenance: fc.Arbitrary<Provenance> = fc
  .dictionary(arbitraryPath, fc.tuple(arbitrarySystem, fc.nat(20)), { noNullPrototype: true })
  .map((origins) =>
    Object.fromEntries(
      Object.entries(origins).map(([path, [system, step]]) => [
        path,
        { system, at: instantAt(step), rule: "newest" as const, messageId: "m" },
      ]),
    ),
  );

const arbitraryWritten = arbitraryFields.map((fields): ReadonlyMap<FieldPath, Json> => fields);

export const arbitraryChange: fc.Arbitrary<Change> = fc.record({
  system: arbitrarySystem,
  messageId: fc.constant("m"),
  observed: arbitraryFields,
  held: fc.option(arbitraryFields, { nil: undefined }),
  written: arbitraryWritten,
  reads: fc.subarray(PATHS).map((read) => (path: FieldPath) => read.includes(path)),
  at: fc.nat(20).map(instantAt),
  uncertaintyMs: fc.constantFrom(0, 1000, 60_000),
  same: fc.constant(same),
});
