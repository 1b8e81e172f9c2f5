import { describe, expect, it } from "vitest";
import { NaveError } from "../../../src/errors.ts";
import { mappingOf } from "./mapping-under-test.ts";

/** Rules start in line 3. */
const MISTAKES: [what: string, yaml: string, text: RegExp][] = [
  [
    "an unknown key",
    "fields:\n  name: { nativ: x }\n",
    /test\.yaml:4: fields\.name\.nativ: unknown key; accepted: native, convert/,
  ],
  [
    "an unknown key on top",
    "feilds: 1\nfields:\n  name: x\n",
    /test\.yaml:3: feilds: unknown key; accepted: entity, native, empty, codes, fields/,
  ],
  [
    "a value that is not accepted",
    "fields:\n  name: { native: x, direction: up }\n",
    /:4: fields\.name\.direction: .*accepted: both, in, out/,
  ],
  [
    "a missing key",
    "fields:\n  addresses: { fields: { city: x } }\n",
    /:4: fields\.addresses: key is missing/,
  ],
  [
    "a field that the type does not have",
    "fields:\n  nam: x\n",
    /:4: fields\.nam: customer has no field "nam"/,
  ],
  [
    "a field that the items do not have",
    "fields:\n  addresses:\n    key: billing\n    fields: { town: x }\n",
    /:6: fields\.addresses\.fields\.town: customer has no field "addresses\.town"/,
  ],
  [
    "a list that has no keys",
    "fields:\n  name:\n    key: a\n    fields: { x: y }\n",
    /customer has no keyed list "name"/,
  ],
  ["a native path", 'fields:\n  name: "a["\n', /:4: fields\.name: "a\[" is no native path/],
  [
    "an unknown converter",
    "fields:\n  name: { native: x, convert: decmal }\n",
    /:4: fields\.name\.convert: no converter "decmal"; accepted: .*decimal/,
  ],
  [
    "an unknown option",
    "fields:\n  name: { native: x, convert: { decimal: { digit: 2 } } }\n",
    /decimal has no option "digit"; accepted: native, digits/,
  ],
  [
    "a wrong option",
    "fields:\n  name: { native: x, convert: { decimal: { digits: two } } }\n",
    /decimal: option digits is "two"; accepted: a whole number/,
  ],
  [
    "an unknown code list",
    "fields:\n  name: { native: x, codes: kind }\n",
    /no code list "kind"; accepted: none/,
  ],
  ["an unknown function", "fields:\n  name: { native: x, function: f }\n", /no function "f"; accepted: none/],
  [
    "an expression that does not parse",
    "fields:\n  name: { in: 'a b' }\n",
    /fields\.name\.in: expression "a b": Syntax error/,
  ],
  [
    "an expression with what is not accepted",
    "fields:\n  name: { in: 'a + 1' }\n",
    /operator \+ is not accepted in a mapping/,
  ],
  [
    "a rule that does nothing",
    "fields:\n  name: { note: later }\n",
    /reads nothing and writes nothing; accepted: native, in, function or constant/,
  ],
  [
    "a flat item with a changing key",
    "fields:\n  addresses: { key: { native: x }, fields: { city: y } }\n",
    /without list there is one item, whose key is constant/,
  ],
  [
    "a key from nowhere",
    "fields:\n  addresses: { list: a, key: {}, fields: { city: y } }\n",
    /the key comes from nowhere; accepted: constant, native or position/,
  ],
  ["the wrong type", "fields:\n  name: x\nwrite: [1]\n", /:5: write: \[1\] must be object/],
  ["the same key twice", "fields:\n  name: x\n  name: y\n", /Map keys must be unique/],
];

describe("a mapping file with mistakes", () => {
  it.each(MISTAKES)("is refused for %s, with its place and what is accepted", (_what, yaml, text) => {
    expect(() => mappingOf(yaml)).toThrow(text);
  });

  it("shows all its mistakes at once", () => {
    const error = thrownBy(() => mappingOf("fields:\n  nam: x\n  name: { native: y, codes: z }\n"));
    expect(error).toBeInstanceOf(NaveError);
    expect((error as NaveError).code).toBe("NAVE_CONFIG_INVALID");
    expect((error as NaveError).message.split("\n")).toHaveLength(2);
  });

  it("is refused for another type than the one asked for", () => {
    expect(() => mappingOf("fields:\n  number: x\n", { entity: "order" })).not.toThrow();
    expect(() => mappingOf("fields:\n  number: x\n")).toThrow(/customer has no field "number"/);
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (thrown) {
    return thrown;
  }
  return undefined;
}
