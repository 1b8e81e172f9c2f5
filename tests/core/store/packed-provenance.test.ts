import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { FieldOrigin, Provenance } from "../../../src/merge/types.ts";
import { packProvenance, unpackProvenance } from "../../../src/store/packed-provenance.ts";

const origin = fc.record<FieldOrigin>({
  system: fc.constantFrom("crm", "erp"),
  at: fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
  rule: fc.constantFrom("newest", "owner"),
  messageId: fc.constantFrom("m1", "m2"),
});
const provenance: fc.Arbitrary<Provenance> = fc.dictionary(fc.string(), origin, { noNullPrototype: true });

test("what has been packed comes back as it was", () => {
  fc.assert(
    fc.property(provenance, (given) => {
      const stored = JSON.parse(JSON.stringify(packProvenance(given)));
      expect(unpackProvenance(stored)).toEqual(given);
    }),
    {
      examples: [
        [JSON.parse('{"__proto__": {"system": "crm", "at": "", "rule": "newest", "messageId": "m1"}}')],
      ],
    },
  );
});

test("each origin is stored once, however many fields have it", () => {
  const one: FieldOrigin = { system: "crm", at: "2026-01-01T00:00:00Z", rule: "newest", messageId: "m1" };
  const other: FieldOrigin = { ...one, system: "erp" };
  expect(packProvenance({ name: one, email: { ...one }, phone: other })).toEqual([
    { ...one, fields: ["name", "email"] },
    { ...other, fields: ["phone"] },
  ]);
});

test("the origins of a record that an earlier version has stored are read", () => {
  const stored = {
    name: { system: "crm", at: "2026-01-01T00:00:00Z", rule: "owner", messageId: "m1" },
  } as const;
  expect(unpackProvenance(stored)).toEqual(stored);
});
