import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../../src/adapter-kit/contract.ts";
import { CONVERTERS, type ConverterPair, Unconvertible } from "../../../src/adapter-kit/converters.ts";

type Case = [name: string, options: JsonObject, native: Json, canonical: Json];

/** Translated alike in both directions. */
const BOTH: Case[] = [
  ["decimal", {}, "149.9", "149.9"],
  ["decimal", { digits: 2 }, "149.90", "149.90"],
  ["decimal", { native: "number", digits: 2 }, 10.5, "10.50"],
  ["decimal", { native: "number" }, 1e21, "1000000000000000000000"],
  ["decimal", { native: "number" }, 1.5e-7, "0.00000015"],
  ["decimal", { native: "minor" }, 1999, "19.99"],
  ["decimal", { native: "minor" }, -5, "-0.05"],
  ["decimal", { native: "minor", digits: 0 }, 500, "500"],
  ["decimal", { point: ",", digits: 2 }, "1234,56", "1234.56"],
  ["percent-fraction", {}, 0.15, "15"],
  ["percent-fraction", {}, 0.075, "7.5"],
  ["percent-fraction", { native: "text" }, "0.19", "19"],
  ["number", { native: "text" }, "14", 14],
  ["integer-text", {}, 42, "42"],
  ["text", {}, "x", "x"],
  ["trim", {}, "x", "x"],
  ["upper", {}, "EUR", "EUR"],
  ["case", { canonical: "lower", native: "upper" }, "DE", "de"],
  ["lines", {}, ["1 High St", "Building 4"], "1 High St\nBuilding 4"],
  ["lines", { fields: 3 }, ["a", "b", "c"], "a\nb\nc"],
  ["join", {}, ["Jane", "Doe"], "Jane Doe"],
  ["join", { separator: ", " }, ["Acme", "Jane Doe"], "Acme, Jane Doe"],
  ["list", {}, "a,b", ["a", "b"]],
  ["boolean", {}, true, true],
  ["boolean", { true: "Y", false: "N" }, "N", false],
  ["boolean", { inverted: true }, false, true],
  ["boolean", { true: 1, false: 0 }, 1, true],
  ["date", {}, "2026-11-03", "2026-11-03"],
  ["date", { format: "dd.MM.yyyy" }, "03.11.2026", "2026-11-03"],
  ["date", { format: "yyyyMMdd" }, "20261103", "2026-11-03"],
  ["instant", {}, "2026-11-03T14:30:00Z", "2026-11-03T14:30:00Z"],
  [
    "instant",
    { format: "yyyy-MM-dd HH:mm:ss", zone: "Europe/Berlin" },
    "2026-11-03 15:30:00",
    "2026-11-03T14:30:00Z",
  ],
  [
    "instant",
    { format: "yyyy-MM-dd HH:mm:ss", zone: "Europe/Berlin" },
    "2026-07-03 15:30:00",
    "2026-07-03T13:30:00Z",
  ],
  ["instant", { format: "seconds" }, 1_793_716_200, "2026-11-03T14:30:00Z"],
  ["instant", { format: "milliseconds" }, 1_793_716_200_123, "2026-11-03T14:30:00.123Z"],
  ["country", {}, "DE", "DE"],
  ["country", { native: "alpha-3" }, "DEU", "DE"],
  ["country", { native: "name" }, "Germany", "DE"],
  ["country", { native: "name", language: "de" }, "Deutschland", "DE"],
  ["language", {}, "de", "de"],
  ["language", { native: "name" }, "German", "de"],
  ["language", { locales: { de: "de_DE" } }, "de_DE", "de"],
  ["unit", {}, "C62", "C62"],
  ["unit", { names: { Unit: "C62", Kilogram: "KGM" } }, "Kilogram", "KGM"],
  ["phone", { country: "GB" }, "020 7123 4567", { value: "020 7123 4567", e164: "+442071234567" }],
  ["phone", {}, "ask for Joe", { value: "ask for Joe" }],
  ["person-name", {}, "Jane van der Doe", { givenName: "Jane", familyName: "van der Doe" }],
  ["person-name", { order: "family-first" }, "Doe, Jane", { givenName: "Jane", familyName: "Doe" }],
  ["person-name", {}, "Madonna", { familyName: "Madonna" }],
];

/** Read, but written in one spelling only. */
const INWARD: Case[] = [
  ["decimal", {}, "149.9000", "149.9"],
  ["decimal", { digits: 2 }, "149.9000", "149.90"],
  ["decimal", {}, " +007.50", "7.5"],
  ["decimal", {}, ".5", "0.5"],
  ["decimal", {}, "-0.00", "0"],
  ["decimal", { native: "number", digits: 2, round: "half-up" }, 0.1 + 0.2, "0.30"],
  ["decimal", { point: ",", group: "." }, "1.234.567,89", "1234567.89"],
  ["decimal", { native: "minor" }, "1999", "19.99"],
  ["boolean", {}, "yes", true],
  ["boolean", {}, 0, false],
  ["date", { zone: "Europe/Berlin" }, "2026-11-03T23:30:00Z", "2026-11-04"],
  ["instant", {}, "2026-11-03T15:30:00.000+01:00", "2026-11-03T14:30:00Z"],
  [
    "instant",
    { format: "yyyy-MM-dd HH:mm", zone: "Europe/Berlin" },
    "2026-03-29 02:30",
    "2026-03-29T01:30:00Z",
  ],
  [
    "instant",
    { format: "yyyy-MM-dd HH:mm", zone: "Europe/Berlin" },
    "2026-10-25 02:30",
    "2026-10-25T00:30:00Z",
  ],
  ["country", {}, "UK", "GB"],
  ["country", {}, "usa", "US"],
  ["country", {}, "Czech Republic", "CZ"],
  ["country", {}, " germany ", "DE"],
  ["language", {}, "en_US.UTF-8", "en"],
  ["language", {}, "DE", "de"],
  ["unit", {}, "Stk", "C62"],
  ["unit", {}, "kg", "KGM"],
  ["trim", {}, "  x ", "x"],
  ["text", {}, 7, "7"],
  ["e164", { country: "DE" }, "030 901820", "+4930901820"],
];

const REFUSED_INWARD: [string, JsonObject, Json, RegExp][] = [
  ["decimal", {}, "1,5", /no decimal/],
  ["decimal", {}, "0x10", /no decimal/],
  ["decimal", { digits: 2 }, "1.005", /more than 2 decimals/],
  ["decimal", { native: "minor" }, 10.5, /whole number of minor units/],
  ["boolean", {}, "maybe", /neither yes nor no/],
  ["date", {}, "2026-02-30", /no such date/],
  ["date", {}, "03.11.2026", /no such date/],
  ["instant", {}, "2026-11-03 14:30:00", /no instant/],
  ["country", {}, "Germny", /no ISO 3166-1 country/],
  ["language", {}, "Klingonese", /no ISO 639 language/],
  ["unit", {}, "bunch", /no known unit/],
  ["integer-text", {}, "12a", /no whole number/],
];

describe("converters", () => {
  it.each(BOTH)("%s %o: %j and back", (name, options, native, canonical) => {
    const pair = pairOf(name, options);
    expect(pair.toCanonical(native, {})).toEqual(canonical);
    expect(pair.toNative(canonical)).toEqual(native);
  });

  it.each(INWARD)("%s %o reads %j", (name, options, native, canonical) => {
    expect(pairOf(name, options).toCanonical(native, {})).toEqual(canonical);
  });

  it.each(REFUSED_INWARD)("%s %o refuses %j", (name, options, native, text) => {
    expect(() => pairOf(name, options).toCanonical(native, {})).toThrow(text);
  });

  it("reads a date of nothing but zeros as absent", () => {
    expect(pairOf("date", {}).toCanonical("0000-00-00", {})).toBeUndefined();
    expect(pairOf("instant", {}).toCanonical("0000-00-00 00:00:00", {})).toBeUndefined();
  });

  it("reads a phone by the country of its own record", () => {
    const pair = pairOf("e164", { country: "DE", countryFrom: "land" });
    expect(pair.toCanonical("020 7123 4567", { land: "United Kingdom" })).toBe("+442071234567");
    expect(pair.toCanonical("030 901820", {})).toBe("+4930901820");
  });

  it("refuses an amount that a native number cannot hold", () => {
    expect(() => pairOf("decimal", { native: "number" }).toNative("12345678901234567.89")).toThrow(
      Unconvertible,
    );
  });

  it("joins surplus lines into the last native field", () => {
    expect(pairOf("lines", {}).toNative("a\nb\nc")).toEqual(["a", "b, c"]);
  });

  it.each([
    ["decimal", { native: "cents" }],
    ["date", { format: "HH:mm" }],
    ["instant", { zone: "Berlin" }],
    ["unit", { names: { Unit: "PIECE" } }],
  ])("%s refuses the option %o when it is compiled", (name, options) => {
    expect(() => pairOf(name, options)).toThrow(Unconvertible);
  });

  it("explains itself: every converter has a title, and every option says what it accepts", () => {
    for (const { title, options } of Object.values(CONVERTERS)) {
      expect(title).not.toBe("");
      for (const text of Object.values(options)) expect(text).not.toBe("");
    }
  });
});

function pairOf(name: string, options: JsonObject): ConverterPair {
  const converter = CONVERTERS[name];
  if (!converter) throw new Error(`no converter ${name}`);
  return converter.create(options);
}
