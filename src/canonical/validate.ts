import { createRequire } from "node:module";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { FormatsPlugin } from "ajv-formats";
import { isCountry, isCurrency, isLanguage, isUnit } from "./codes.ts";
import { explain } from "./explain.ts";
import { entityFile, type SchemaSet } from "./schema-files.ts";
import type { Body, Problem } from "./types.ts";

// ajv-formats is CommonJS with a default export that Node and TypeScript see differently; require gives both the same.
const addFormats = createRequire(import.meta.url)("ajv-formats") as FormatsPlugin;

/** The base under which schemas refer to each other; it resolves relative `$ref`s and is never fetched. */
const BASE = "nave:/";

const ANNOTATIONS = [
  "x-nave-key",
  "x-nave-reference",
  "x-nave-business-key",
  "x-nave-secrecy",
  "x-nave-accepts",
  "x-nave-counterparts",
];

export type SchemaCheck = (entity: string, body: Body) => Problem[];

/** Checks bodies against their schemas; an entity's schema is compiled when it is first asked for, once. */
export function schemaCheck(schemas: SchemaSet): SchemaCheck {
  const ajv = new Ajv2020({ allErrors: true, verbose: true, strictRequired: false });
  addFormats(ajv, ["date", "date-time", "email"]);
  // The pattern beside it decides; the format only marks what compares as a number.
  ajv.addFormat("decimal", true);
  ajv.addFormat("country", isCountry);
  ajv.addFormat("currency", isCurrency);
  ajv.addFormat("language", isLanguage);
  ajv.addFormat("unit", isUnit);
  ajv.addVocabulary(ANNOTATIONS);
  for (const [file, schema] of schemas) ajv.addSchema(schema, BASE + file);
  const compiled = new Map<string, ValidateFunction>();
  return (entity, body) => {
    let check = compiled.get(entity);
    if (check === undefined) {
      check = ajv.getSchema(BASE + entityFile(entity)) as ValidateFunction;
      compiled.set(entity, check);
    }
    return check(body) ? [] : explain(check.errors ?? [], body);
  };
}
