import { describe, expect, test } from "vitest";
import { compareSchemas } from "../../../src/canonical/compare-schemas.ts";
import {
  readSchemas,
  SCHEMA_FOLDER,
  type Schema,
  type SchemaSet,
} from "../../../src/canonical/schema-files.ts";

const shipped = readSchemas(SCHEMA_FOLDER);

/** The shipped schemas with one file altered. */
function altered(file: string, alter: (schema: Required<Schema>) => void): SchemaSet {
  const schema = structuredClone(shipped.get(file)) as Required<Schema>;
  alter(schema);
  return new Map(shipped).set(file, schema);
}

function changes(file: string, alter: (schema: Required<Schema>) => void): string[] {
  return compareSchemas(shipped, altered(file, alter)).map(
    ({ entity, path, kind, breaks }) => `${entity} ${path}: ${kind} breaks ${breaks}`,
  );
}

describe("compareSchemas", () => {
  test("finds nothing between a version and itself", () => {
    expect(compareSchemas(SCHEMA_FOLDER, SCHEMA_FOLDER)).toEqual([]);
  });

  test("an optional field breaks nobody, a required one those who write", () => {
    const optional = changes("payment.schema.json", ({ properties }) => {
      properties["bank"] = { type: "string", maxLength: 80 };
    });
    const required = changes("payment.schema.json", (schema) => {
      schema.properties["bank"] = { type: "string", maxLength: 80 };
      schema.required.push("bank");
    });
    expect(optional).toEqual(["payment bank: field-added breaks none"]);
    expect(required).toEqual(["payment bank: field-added breaks writers"]);
  });

  test("a field that goes breaks readers and writers", () => {
    const gone = changes("payment.schema.json", (schema) => {
      delete schema.properties["method"];
    });
    expect(gone).toEqual(["payment method: field-removed breaks both"]);
  });

  test("a field that becomes required breaks writers, one that no longer is breaks readers", () => {
    expect(changes("payment.schema.json", ({ required }) => void required.push("buyer"))).toEqual([
      "payment buyer: required-added breaks writers",
    ]);
    expect(changes("payment.schema.json", ({ required }) => void required.splice(0, 1))).toEqual([
      "payment number: required-removed breaks readers",
    ]);
  });

  test("fewer values break writers, more break readers", () => {
    const found = changes("payment.schema.json", (schema) => {
      schema.properties["status"] = { enum: ["pending", "received", "refused", "disputed"] };
    });
    expect(found).toEqual([
      "payment status: values-removed breaks writers",
      "payment status: values-added breaks readers",
    ]);
  });

  test("another type, reference or list key breaks both", () => {
    const found = changes("payment.schema.json", (schema) => {
      schema.properties["method"] = { type: "integer" };
      schema.properties["order"] = { ...schema.properties["order"], "x-nave-reference": "quote" };
      schema.properties["allocations"] = { ...schema.properties["allocations"], "x-nave-key": "number" };
    });
    expect(found).toEqual([
      "payment order: reference-changed breaks both",
      "payment method: type-changed breaks both",
      "payment allocations: key-changed breaks both",
    ]);
  });

  test("a shared part changes every field that uses it, in lists as well", () => {
    const found = changes("parts/lot.schema.json", (schema) => {
      schema.properties["expiresOn"] = { type: "string", maxLength: 5 };
    });
    expect(found).toContain("shipment lines[].lots[].expiresOn: limit-tightened breaks writers");
    expect(found).toContain("stock-level lots[].expiresOn: format-changed breaks readers");
    expect(new Set(found.map((line) => line.split(" ")[0]))).toEqual(
      new Set(["return", "shipment", "stock-level"]),
    );
  });

  test("tighter patterns and lengths break writers, looser ones readers", () => {
    const found = changes("parts/reference.schema.json", ({ properties }) => {
      properties["id"] = { ...properties["id"], maxLength: 40, pattern: "^[0-9A-Z]+$" };
      properties["localId"] = { ...properties["localId"], maxLength: 500, minLength: 0 };
    });
    expect(found.filter((line) => line.startsWith("payment buyer"))).toEqual([
      "payment buyer.id: pattern-changed breaks writers",
      "payment buyer.id: limit-tightened breaks writers",
      "payment buyer.localId: limit-loosened breaks readers",
      "payment buyer.localId: limit-loosened breaks readers",
    ]);
  });

  test("a new demand of one field for another breaks writers", () => {
    const found = changes("parts/credit.schema.json", ({ dependentRequired }) => {
      dependentRequired["rating"] = ["asOf"];
    });
    expect(found).toEqual(["customer credit.asOf: required-added breaks writers"]);
  });

  test("an entity that comes breaks nobody, one that goes everybody", () => {
    const without = new Map(shipped);
    without.delete("promotion.schema.json");
    expect(compareSchemas(shipped, without).map(({ kind, breaks }) => [kind, breaks])).toEqual([
      ["entity-removed", "both"],
    ]);
    expect(compareSchemas(without, shipped).map(({ kind, breaks }) => [kind, breaks])).toEqual([
      ["entity-added", "none"],
    ]);
  });

  test("a change says in words what was and what is", () => {
    const found = compareSchemas(
      shipped,
      altered("payment.schema.json", (schema) => {
        schema.properties["method"] = { type: "integer" };
      }),
    );
    expect(found).toEqual([
      {
        entity: "payment",
        path: "method",
        kind: "type-changed",
        breaks: "both",
        text: "method was string and is integer",
      },
    ]);
  });
});
