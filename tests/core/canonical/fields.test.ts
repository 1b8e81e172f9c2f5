import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  differingPaths,
  flatten,
  sameField,
  sameValue,
  secrecyOf,
  unflatten,
} from "../../../src/canonical/fields.ts";
import { loadModel } from "../../../src/canonical/model.ts";
import type { Body } from "../../../src/canonical/types.ts";
import { arbitraryBody } from "./arbitrary-body.ts";

const model = loadModel();
const customer = model.entity("customer");
const order = model.entity("order");

describe("flatten", () => {
  test("names items of keyed lists by their key and keeps references and plain lists whole", () => {
    const fields = flatten(customer, {
      name: "A",
      parent: { system: "erp", localId: "7" },
      person: { preferences: ["tea", "no calls"] },
      contacts: [
        { key: "m", name: "Maria", contactPoints: [{ key: "e", kind: "email", value: "m@a.example" }] },
      ],
    });
    expect([...fields]).toEqual([
      ["name", "A"],
      ["parent", { system: "erp", localId: "7" }],
      ["person.preferences", ["tea", "no calls"]],
      ["contacts[m].name", "Maria"],
      ["contacts[m].contactPoints[e].kind", "email"],
      ["contacts[m].contactPoints[e].value", "m@a.example"],
    ]);
  });

  test("keeps an item that has nothing but its key", () => {
    const shipment = model.entity("shipment");
    const body = { lines: [{ key: "1", lots: [{ key: "SN.7" }, { key: "SN-8" }] }] };
    expect([...flatten(shipment, body).keys()]).toEqual([
      "lines[1].lots[SN.7].key",
      "lines[1].lots[SN-8].key",
    ]);
    expect(unflatten(shipment, flatten(shipment, body))).toEqual(body);
  });

  test("takes each native field of the extension bag as one leaf, whatever its name", () => {
    const body = { extensions: { erp: { "a.b[c]": { x: [1, {}] }, plain: [] } } };
    const fields = flatten(customer, body);
    expect([...fields]).toEqual([
      ["extensions.erp.a.b[c]", { x: [1, {}] }],
      ["extensions.erp.plain", []],
    ]);
    expect(unflatten(customer, fields)).toEqual(body);
  });

  test("takes an empty list or object as none", () => {
    expect(flatten(customer, { name: "A", addresses: [], person: {}, credit: {} }).size).toBe(1);
  });

  test("keeps a list whole when an item has no key, so that nothing is lost before the schema refuses it", () => {
    const body = { addresses: [{ city: "Berlin" }] };
    expect([...flatten(customer, body)]).toEqual([["addresses", [{ city: "Berlin" }]]]);
    expect(unflatten(customer, flatten(customer, body))).toEqual(body);
  });

  test("does not let a field called __proto__ reach the prototype", () => {
    const body = JSON.parse('{"extensions":{"erp":{"__proto__":{"polluted":true}}}}') as Body;
    const back = unflatten(customer, flatten(customer, body));
    expect(JSON.stringify(back)).toBe(JSON.stringify(body));
    expect("polluted" in (back["extensions"] as { erp: object }).erp).toBe(false);
  });
});

test.each(model.entities)("every %s comes back from its leaves as it was", (entity) => {
  const type = model.entity(entity);
  fc.assert(
    fc.property(arbitraryBody(type), (body) => {
      const back = unflatten(type, flatten(type, body));
      expect(JSON.parse(JSON.stringify(back))).toEqual(JSON.parse(JSON.stringify(body)));
      expect(sameValue(back, body)).toBe(true);
    }),
    { numRuns: 40 },
  );
});

describe("differingPaths", () => {
  test("names what differs, what is gone and what is new", () => {
    const before = flatten(order, { number: "1", note: "old", lines: [{ key: "1", description: "Tea" }] });
    const after = flatten(order, { number: "1", note: "new", lines: [{ key: "2", description: "Tea" }] });
    expect(differingPaths(before, after)).toEqual(["note", "lines[1].description", "lines[2].description"]);
  });

  test("compares decimals as numbers, and texts that look like numbers as texts", () => {
    const before = flatten(order, { number: "1.0", totals: { net: "1.0" } });
    const after = flatten(order, { number: "1.00", totals: { net: "1.00" } });
    expect(differingPaths(before, after, order)).toEqual(["number"]);
    expect(differingPaths(before, after)).toEqual(["number", "totals.net"]);
    expect(sameField(order, "lines[1].quantity.value", "2", "2.000")).toBe(true);
    expect(sameField(order, "lines[1].quantity.value", "2", "2.001")).toBe(false);
  });

  test("finds nothing between a body and its copy, and something after any field was changed", () => {
    fc.assert(
      fc.property(arbitraryBody(customer), fc.nat(), (body, pick) => {
        const before = flatten(customer, body);
        expect(differingPaths(before, flatten(customer, structuredClone(body)), customer)).toEqual([]);
        const path = [...before.keys()][pick % Math.max(1, before.size)];
        if (path === undefined) return;
        const after = new Map(before).set(path, "changed to something else");
        expect(differingPaths(before, after, customer)).toEqual([path]);
      }),
      { numRuns: 50 },
    );
  });
});

describe("sameValue", () => {
  test("does not care for the order of properties, but for that of lists", () => {
    expect(sameValue({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBe(true);
    expect(sameValue([1, 2], [2, 1])).toBe(false);
    expect(sameValue("1.0", "1.00")).toBe(false);
  });

  test("tells apart what only looks alike", () => {
    expect(sameValue({ a: 1 }, { b: 1 })).toBe(false);
    expect(sameValue({}, [])).toBe(false);
    expect(sameValue(null, {})).toBe(false);
    expect(sameValue(undefined, null)).toBe(false);
    expect(sameValue({ toString: 1 }, {})).toBe(false);
  });
});

test("secrecy is inherited from the part around a field, and the unknown is confidential", () => {
  expect(secrecyOf(customer, "kind")).toBe(1);
  expect(secrecyOf(customer, "addresses[billing].city")).toBe(2);
  expect(secrecyOf(customer, "person.maritalStatus")).toBe(3);
  expect(secrecyOf(customer, "credit.openBalance")).toBe(3);
  expect(secrecyOf(customer, "whatever")).toBe(3);
});
