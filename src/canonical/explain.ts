import type { ErrorObject } from "ajv";
import type { Json } from "../adapter-kit/contract.ts";
import type { Schema } from "./schema-files.ts";
import type { Body, Problem } from "./types.ts";

/** Problems told of one body; whoever has corrected these asks again. */
const MOST = 100;

/** Says what a schema refused in the words of the person who has to correct it: one problem per field. */
export function explain(errors: readonly ErrorObject[], body: Body): Problem[] {
  const told = new Map<string, Weighed>();
  for (const error of errors) {
    if (told.size === MOST) break;
    const weighed = explainOne(error, body);
    if (weighed === undefined) continue;
    const { path } = weighed.problem;
    const held = told.get(path);
    if (held === undefined || held.weight < weighed.weight) told.set(path, weighed);
  }
  return [...told.values()].map(({ problem }) => problem);
}

/** The heavier one is told when several rules refuse one value. */
type Weighed = { weight: number; problem: Problem };

function explainOne(error: ErrorObject, body: Body): Weighed | undefined {
  // What each alternative misses says less than that none of them fits.
  if (error.schemaPath.includes("/oneOf/")) return undefined;
  const { path, value } = locate(error.instancePath, body);
  const schema = error.parentSchema as Schema;
  const inner = (name: string): string => (path === "" ? name : `${path}.${name}`);
  switch (error.keyword) {
    case "required": {
      const missing = inner(String(error.params["missingProperty"]));
      return weighed(3, missing, undefined, `${missing} is missing`);
    }
    case "dependentRequired": {
      const missing = inner(String(error.params["missingProperty"]));
      return weighed(3, missing, undefined, `${missing} is missing; ${error.params["property"]} needs it`);
    }
    case "additionalProperties": {
      const name = String(error.params["additionalProperty"]);
      const extra = (value as Record<string, Json> | undefined)?.[name];
      const accepts = list(Object.keys(schema.properties ?? {}));
      return weighed(
        3,
        inner(name),
        extra,
        `there is no field ${inner(name)}; what nobody mapped goes below extensions`,
        accepts,
      );
    }
    case "oneOf":
      return weighed(
        1,
        path,
        value,
        `${path} is no reference to another record`,
        'either { "id" } or { "system", "localId" }',
      );
    default: {
      const [weight, text, accepts] = sayValue(error, schema, lastName(path), value);
      return text === undefined ? undefined : weighed(weight, path, value, text, accepts);
    }
  }
}

const NO_CODE: Record<string, string> = {
  country: "is no ISO 3166-1 country code",
  currency: "is no ISO 4217 currency code",
  language: "is no ISO 639 language code",
  unit: "is no unit of UN/ECE Recommendation 20 known here",
  date: "is no calendar day",
  "date-time": "is no point in time",
  email: "is no e-mail address",
};

function sayValue(
  error: ErrorObject,
  schema: Schema,
  name: string,
  value: Json | undefined,
): [weight: number, text: string | undefined, accepts?: string | undefined] {
  const shown = `${name} ${show(value)}`;
  const accepts = schema["x-nave-accepts"];
  const limit = Number(error.params["limit"]);
  switch (error.keyword) {
    case "type":
      return [
        5,
        value === null ? `${name} is null; leave out what is not known` : `${shown} is ${wrongType(schema)}`,
        accepts ?? typeInWords(schema),
      ];
    case "enum":
      return [4, `${shown} is not one of the values allowed here`, list((schema.enum ?? []).map(String))];
    case "format":
      return [4, `${shown} ${NO_CODE[schema.format ?? ""] ?? "is not written as it should be"}`, accepts];
    case "pattern":
      return [
        2,
        value === ""
          ? `${name} is empty; leave out what is not known`
          : `${shown} is not written as it should be`,
        accepts,
      ];
    case "minLength":
      return [3, `${name} is empty; leave out what is not known`, accepts];
    case "maxLength":
      return [1, `${name} has ${(value as string).length} characters`, `at most ${limit} characters`];
    case "minItems":
      return [3, `${name} has no items`, `at least ${limit}`];
    case "maxItems":
      return [3, `${name} has ${(value as Json[]).length} items`, `at most ${limit}`];
    case "minimum":
    case "maximum":
      return [3, `${shown} is out of range`, range(schema)];
    case "uniqueItems":
      return [3, `${name} names the same thing twice`, "every value once"];
    case "maxProperties":
      return [3, `${name} has too many fields`, `at most ${limit}`];
    case "propertyNames":
      return [
        3,
        `${name} has a field called ${show(String(error.params["propertyName"]))}`,
        schema.propertyNames?.["x-nave-accepts"],
      ];
    default:
      return [0, undefined];
  }
}

function weighed(
  weight: number,
  path: string,
  value: Json | undefined,
  text: string,
  accepts?: string,
): Weighed {
  return { weight, problem: accepts === undefined ? { path, value, text } : { path, value, text, accepts } };
}

/** Follows a JSON pointer into the body; list items with a key are named by it (`lines[3]`), others by position (`#1`). */
function locate(pointer: string, body: Body): { path: string; value: Json | undefined } {
  let value: Json | undefined = body;
  let path = "";
  for (const token of pointer.split("/").slice(1)) {
    const name = token.replaceAll("~1", "/").replaceAll("~0", "~");
    if (Array.isArray(value)) {
      value = value[Number(name)];
      const key = isObject(value) ? value["key"] : undefined;
      path += `[${typeof key === "string" ? key : `#${Number(name) + 1}`}]`;
    } else {
      value = isObject(value) ? value[name] : undefined;
      path = path === "" ? name : `${path}.${name}`;
    }
  }
  return { path, value };
}

function isObject(value: Json | undefined): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1) || "the record";
}

/** A value as it is quoted in a sentence, cut to a length that can be read. */
function show(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function list(values: string[]): string {
  return values.length < 2 ? values.join("") : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}

function range({ minimum, maximum }: Schema): string {
  return `a whole number from ${minimum ?? "any"} to ${maximum ?? "any"}`;
}

const TYPES: Record<string, string> = {
  string: "text in quotes",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  object: "an object with named fields",
  array: "a list",
};

function typeInWords(schema: Schema): string {
  return TYPES[schema.type ?? ""] ?? "another type";
}

function wrongType(schema: Schema): string {
  return `not ${typeInWords(schema)}`;
}
