import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { countryCode, isCountry, isCurrency, isLanguage, isUnit } from "../../../src/canonical/codes.ts";
import { loadModel } from "../../../src/canonical/model.ts";
import { toE164 } from "../../../src/canonical/phone.ts";
import { readSchemas, resolve, SCHEMA_FOLDER, type Schema } from "../../../src/canonical/schema-files.ts";
import { NaveError } from "../../../src/errors.ts";

const model = loadModel();
const customer = model.entity("customer");

test("the model has every entity, and says which when asked for another", () => {
  expect(model.entities).toHaveLength(20);
  expect(() => model.entity("client")).toThrow(NaveError);
  expect(() => model.entity("client")).toThrow('"client" is no canonical type');
});

test("list keys are known by the path without keys", () => {
  expect(customer.listKey("addresses")).toBe("key");
  expect(customer.listKey("contacts.contactPoints")).toBe("key");
  expect(customer.listKey("person.preferences")).toBeUndefined();
  expect(customer.listKey("nothing.here")).toBeUndefined();
});

test("references are found wherever they stand, with what they point to and whether they must be there", () => {
  const found = model.entity("order").references({
    buyer: { id: "c1" },
    payer: { system: "crm", localId: "7" },
    lines: [{ key: "1", item: { system: "shop", localId: "v-1" } }],
  });
  expect(found).toEqual([
    { path: "buyer", entity: "customer", reference: { id: "c1" }, required: true },
    { path: "payer", entity: "customer", reference: { system: "crm", localId: "7" }, required: false },
    {
      path: "lines[1].item",
      entity: "product",
      reference: { system: "shop", localId: "v-1" },
      required: true,
    },
  ]);
});

test("every reference in the schemas points to an entity that exists", () => {
  const text = JSON.stringify([...readSchemas(SCHEMA_FOLDER).values()]);
  const targets = new Set([...text.matchAll(/"x-nave-reference":"([^"]+)"/g)].map(([, entity]) => entity));
  expect([...targets].filter((entity) => !model.entities.includes(entity as string))).toEqual([]);
});

test("business keys are what people search by: in lower case, under the kind beside them", () => {
  const keys = customer.businessKeys({
    name: "  Alfreds   FUTTERKISTE ",
    contactPoints: [
      { key: "e", kind: "email", value: "Einkauf@Futterkiste.example" },
      { key: "p", kind: "mobile", value: "0170 1234567", e164: "+491701234567" },
    ],
    identifiers: [{ key: "n", scheme: "customer-number", value: "ALFKI" }],
  });
  expect(keys).toEqual([
    { kind: "customer-name", value: "alfreds futterkiste" },
    { kind: "email", value: "einkauf@futterkiste.example" },
    { kind: "mobile", value: "0170 1234567" },
    { kind: "phone", value: "+491701234567" },
    { kind: "customer-number", value: "alfki" },
  ]);
});

describe("problems are said in words that a person can act on", () => {
  test("a field that does not exist names those that do", () => {
    const [problem] = model.entity("payment").validate({
      number: "1",
      amount: "1.00",
      currency: "EUR",
      paidOn: "2026-11-22",
      card: "x",
    });
    expect(problem?.text).toBe("there is no field card; what nobody mapped goes below extensions");
    expect(problem?.accepts).toContain("allocations, note or extensions");
  });

  test("none of them shows the vocabulary of JSON Schema", () => {
    const bodies = [
      {},
      { name: 1, addresses: {}, credit: { limit: 3 }, parent: {}, extensions: { "E P": 1 }, kind: [] },
    ];
    for (const body of bodies) {
      for (const entity of model.entities) {
        for (const { text, accepts = "" } of model.entity(entity).validate(body)) {
          expect(`${text} ${accepts}`).not.toMatch(/schema|instance|property|must |\$ref|oneOf|pattern|#\//);
        }
      }
    }
  });

  test("a long value is quoted in part", () => {
    const [problem] = customer.validate({ name: "A", language: "x".repeat(5000) });
    expect(problem?.text.length).toBeLessThan(200);
  });
});

test("every text and every list of the schemas has an upper limit, and every object is closed", () => {
  const schemas = readSchemas(SCHEMA_FOLDER);
  const unlimited: string[] = [];
  const look = (schema: Schema, file: string, place: string): void => {
    const { schema: at, file: where } = resolve(schemas, { schema, file });
    if (at.type === "string" && at.maxLength === undefined) unlimited.push(place);
    if (at.type === "array" && at.maxItems === undefined) unlimited.push(place);
    if (at.properties !== undefined && at.additionalProperties !== false) unlimited.push(place);
    if (at.items !== undefined) look(at.items, where, `${place}[]`);
    for (const [name, inner] of Object.entries(at.properties ?? {})) look(inner, where, `${place}.${name}`);
  };
  for (const [file, schema] of schemas) look(schema, file, file);
  expect(unlimited).toEqual([]);
});

test("the generated types and documentation are up to date", () => {
  const script = fileURLToPath(new URL("../../../scripts/generate-canonical.ts", import.meta.url));
  execFileSync(process.execPath, [script, "--check"]);
});

describe("codes", () => {
  test("are taken from their lists, not from what looks like one", () => {
    expect(["DE", "GB", "XK", "UK", "EU", "de"].map(isCountry)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(["EUR", "JPY", "EURO", "XXX1"].map(isCurrency)).toEqual([true, true, false, false]);
    expect(["de", "en", "qq", "DE", "english"].map(isLanguage)).toEqual([true, true, false, false, false]);
    expect(["C62", "KGM", "PCS", "piece"].map(isUnit)).toEqual([true, true, false, false]);
  });

  test("of countries are found by English name, code and common short form", () => {
    expect(["Germany", "UK", "usa", "fr", " Mexico ", "Atlantis"].map((name) => countryCode(name))).toEqual([
      "DE",
      "GB",
      "US",
      "FR",
      "MX",
      undefined,
    ]);
  });
});

test("phones are read as dialled in their country, and left alone when they are none", () => {
  expect(toE164("030 901820", "DE")).toBe("+4930901820");
  expect(toE164("+1 (206) 555-9857")).toBe("+12065559857");
  expect(toE164("(206) 555-9857")).toBeUndefined();
  expect(toE164("ask for Maria", "DE")).toBeUndefined();
});

test("a number read in its country is accepted beside the text it was read from, also where countries share a code", () => {
  const given: [string, string][] = [
    ["030 901820", "DE"],
    ["(206) 555-9857", "US"],
    ["(555) 555-0100", "US"],
    ["604 555 0199", "CA"],
    ["01481 960194", "GG"],
    ["06 6982", "VA"],
    ["8 (701) 555-1234", "KZ"],
  ];
  for (const [value, country] of given) {
    const e164 = toE164(value, country) as string;
    const point = { key: "p", kind: "phone", value, e164 };
    expect(customer.validate({ name: "A", contactPoints: [point] })).toEqual([]);
  }
});
