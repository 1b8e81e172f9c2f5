import * as fc from "fast-check";
import { expect } from "vitest";
import type { Json, JsonObject } from "../../../src/adapter-kit/contract.ts";
import { flatten } from "../../../src/canonical/fields.ts";
import type { Body, EntityType } from "../../../src/canonical/types.ts";
import type { Mapping } from "../../../src/mapping/types.ts";

/**
 * The law of every mapping, for generated native records:
 * writing back what was read changes nothing in the target, and what is written as a new record reads as the same body, as far
 * as the mapping both reads and writes it.
 *
 * @param type       The canonical type, from `loadModel`.
 * @param arbitrary  Native records without anything that cannot be read, such as `nativeArbitrary(source)` derives.
 */
export function checkRoundTrip(
  mapping: Mapping,
  type: EntityType,
  arbitrary: fc.Arbitrary<JsonObject>,
  runs = 200,
): void {
  const property = fc.property(arbitrary, (native) => {
    const read = mapping.toCanonical(native);
    expect(read.problems).toEqual([]);
    const before = JSON.stringify(native);
    expect(mapping.fromCanonical(read.body, native)).toEqual({ native, problems: [] });
    expect(JSON.stringify(native), "held must not be changed").toBe(before);

    const created = mapping.fromCanonical(read.body);
    expect(created.problems).toEqual([]);
    const again = mapping.toCanonical(created.native);
    expect(again.problems).toEqual([]);
    expect(carried(mapping, type, again.body)).toEqual(carried(mapping, type, read.body));
  });
  fc.assert(property, { numRuns: runs });
}

/** The fields that the mapping carries both ways, by path. */
function carried(mapping: Mapping, type: EntityType, body: Body): Record<string, Json> {
  const fields = [...flatten(type, body)].filter(([path]) => mapping.reads(path) && mapping.writes(path));
  return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}
