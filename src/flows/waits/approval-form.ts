import { createRequire } from "node:module";
import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import type { FormatsPlugin } from "ajv-formats";
import type { JsonObject } from "../../adapter-kit/contract.ts";
import { NaveError } from "../../errors.ts";
import { isStorable } from "../../receive/storable.ts";

// ajv-formats is CommonJS with a default export that Node and TypeScript see differently; require gives both the same.
const addFormats = createRequire(import.meta.url)("ajv-formats") as FormatsPlugin;

/** What is to be filled in with a decision: a JSON Schema of an object whose properties are plain values. */
export type Form = {
  type?: "object";
  title?: string;
  properties: Record<string, FormField>;
  required?: string[];
};

export type FormField = {
  type: "string" | "number" | "integer" | "boolean";
  title?: string;
  description?: string;
  /** Of a string: a day such as 2026-12-01. */
  format?: "date";
  enum?: (string | number)[];
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  /** What the form shows at first. */
  default?: string | number | boolean;
};

export const FORM_ACCEPTS =
  'a JSON Schema such as { "properties": { "limit": { "type": "number", "title": "Limit" } }, "required": ["limit"] }, with fields of ' +
  "the types string, number, integer and boolean, title, description, format date, enum, minLength, maxLength, minimum, maximum, default";

const text = { type: "string", maxLength: 500 };
const count = { type: "integer", minimum: 0 };
const FORM_SCHEMA = {
  type: "object",
  additionalProperties: false,
  required: ["properties"],
  properties: {
    type: { const: "object" },
    title: text,
    required: { type: "array", items: text, uniqueItems: true },
    properties: {
      type: "object",
      maxProperties: 30,
      propertyNames: { pattern: "^[A-Za-z][A-Za-z0-9_]{0,49}$" },
      additionalProperties: {
        type: "object",
        additionalProperties: false,
        required: ["type"],
        properties: {
          type: { enum: ["string", "number", "integer", "boolean"] },
          title: text,
          description: text,
          format: { const: "date" },
          enum: {
            type: "array",
            minItems: 1,
            maxItems: 100,
            uniqueItems: true,
            items: { type: ["string", "number"] },
          },
          minLength: count,
          maxLength: count,
          minimum: { type: "number" },
          maximum: { type: "number" },
          default: { type: ["string", "number", "boolean"] },
        },
      },
    },
  },
};
const isForm = new Ajv2020({ allowUnionTypes: true }).compile<Form>(FORM_SCHEMA);

/** The form that a node is set to; undefined where the setting is left empty. @throws NAVE_CONFIG_INVALID saying what is wrong in it. */
export function readForm(json: string): Form | undefined {
  if (json === "") return undefined;
  const form = parse(json);
  if (!isForm(form)) throw noForm(inWords(isForm.errors?.[0]));
  const unknown = form.required?.find((name) => !Object.hasOwn(form.properties, name));
  if (unknown !== undefined) throw noForm(`"${unknown}" is required, and no property`);
  try {
    compile(form);
  } catch (error) {
    throw noForm((error as Error).message);
  }
  return form;
}

/**
 * Checks what somebody has filled in. Whoever rejects may leave required fields empty: they are about what is approved.
 *
 * @throws NAVE_REQUEST_INVALID naming the field and what it accepts.
 */
export function checkValues(
  form: Form | undefined,
  values: JsonObject,
  decision: "approved" | "rejected",
): void {
  const asked = form ?? { properties: {} };
  const isValid = compile(decision === "approved" ? asked : { ...asked, required: [] });
  if (!isValid(values)) throw wrongValue(isValid.errors?.[0]);
  const [broken] =
    Object.entries(values).find(([, value]) => typeof value === "string" && !isStorable(value)) ?? [];
  if (broken === undefined) return;
  throw new NaveError("NAVE_REQUEST_INVALID", `${broken} holds a NUL character or half a character`, {
    field: `values.${broken}`,
    accepts: "text",
  });
}

function compile(form: Form) {
  const ajv = new Ajv2020({ strict: true, verbose: true });
  addFormats(ajv, ["date"]);
  return ajv.compile({ ...form, type: "object", additionalProperties: false });
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw noForm((error as Error).message);
  }
}

function noForm(why: string): NaveError {
  return new NaveError("NAVE_CONFIG_INVALID", `has a form that cannot be read: ${why}`, {
    accepts: FORM_ACCEPTS,
  });
}

function wrongValue(error: ErrorObject | undefined): NaveError {
  const { missingProperty, additionalProperty } = (error?.params ?? {}) as Record<string, string | undefined>;
  const name = missingProperty ?? additionalProperty ?? error?.instancePath.slice(1) ?? "";
  const [what, accepts] =
    missingProperty !== undefined
      ? ["is missing", "a value"]
      : additionalProperty !== undefined
        ? ["is not asked for", "the fields of the form"]
        : ["is not accepted", acceptedBy(error)];
  return new NaveError("NAVE_REQUEST_INVALID", `${name.slice(0, 100)} ${what}`, {
    field: `values.${name.slice(0, 100)}`,
    ...(error?.instancePath ? { value: error.data } : {}),
    accepts,
  });
}

function acceptedBy(error: ErrorObject | undefined): string {
  if (error?.keyword === "enum") return (error.schema as unknown[]).join(", ");
  if (error?.keyword === "format") return "a day such as 2026-12-01";
  return (error?.message ?? "").replace(/^must be /, "");
}

function inWords(error: ErrorObject | undefined): string {
  const place = error?.instancePath.slice(1).replaceAll("/", ".");
  const { additionalProperty, propertyName } = (error?.params ?? {}) as Record<string, string | undefined>;
  const extra = additionalProperty ?? propertyName ?? error?.propertyName;
  return `${place || "it"} ${error?.message}${extra === undefined ? "" : ` ("${extra}")`}`;
}
