/* oxlint-disable unicorn/no-thenable -- `then` is a JSON Schema keyword */
/** JSON Schema of a mapping file; docs/mapping.md explains every key. Editors can use it, `readMapping` enforces it. */

const scalar = { type: ["string", "number", "boolean"] };
const name = { type: "string", minLength: 1 };
const names = { type: "array", items: name, minItems: 1, uniqueItems: true };
const direction = { enum: ["both", "in", "out"] };

const when = {
  type: "object",
  properties: { native: name, canonical: name },
  additionalProperties: false,
  minProperties: 1,
};

const oneConvert = {
  if: { type: "object" },
  then: { minProperties: 1, maxProperties: 1, additionalProperties: { type: "object" } },
  else: name,
};
const convert = {
  if: { type: "array" },
  then: { minItems: 1, items: { $ref: "#/$defs/oneConvert" } },
  else: { $ref: "#/$defs/oneConvert" },
};
const native = { if: { type: "array" }, then: names, else: name };

const fieldRule = {
  properties: {
    native,
    convert: { $ref: "#/$defs/convert" },
    codes: name,
    reference: name,
    constant: true,
    default: {
      type: "object",
      properties: { native: true, canonical: true },
      additionalProperties: false,
      minProperties: 1,
    },
    empty: true,
    max: { type: "integer", minimum: 1 },
    when,
    in: name,
    out: name,
    function: name,
    direction,
    parts: names,
    note: name,
  },
  additionalProperties: false,
};

const keyRule = {
  if: { type: "object" },
  then: {
    properties: {
      constant: name,
      native,
      convert: { $ref: "#/$defs/convert" },
      codes: name,
      duplicates: { enum: ["number", "problem"] },
      position: { type: "integer", minimum: 0 },
    },
    additionalProperties: false,
  },
  else: name,
};

const listRule = {
  properties: {
    list: name,
    key: keyRule,
    id: name,
    direction,
    when,
    fields: { $ref: "#/$defs/fields" },
    write: { $ref: "#/$defs/write" },
    extensions: { $ref: "#/$defs/extensions" },
    note: name,
  },
  required: ["key", "fields"],
  additionalProperties: false,
};

const oneRule = {
  if: { type: "string" },
  then: name,
  else: {
    type: "object",
    if: { anyOf: [{ required: ["fields"] }, { required: ["list"] }, { required: ["key"] }] },
    then: listRule,
    else: fieldRule,
  },
};

const rule = {
  if: { type: "array" },
  then: { minItems: 1, items: { $ref: "#/$defs/oneRule" } },
  else: { $ref: "#/$defs/oneRule" },
};

const write = {
  if: { type: "object" },
  then: {
    properties: { constant: true, when: name, only: { enum: ["create"] } },
    required: ["constant"],
    additionalProperties: false,
  },
  else: scalar,
};

const extensions = {
  if: { type: "object" },
  then: { properties: { except: names }, required: ["except"], additionalProperties: false },
  else: { if: { type: "array" }, then: names, else: { enum: ["all"] } },
};

const pairs = { type: "object", minProperties: 1, additionalProperties: scalar };
const codeList = {
  type: "object",
  minProperties: 1,
  if: { additionalProperties: { type: "object" } },
  then: { properties: { both: pairs, in: pairs, out: pairs }, additionalProperties: false },
  else: { additionalProperties: scalar },
};

export const MAPPING_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Nave mapping file",
  type: "object",
  properties: {
    entity: name,
    native: name,
    empty: true,
    codes: { type: "object", additionalProperties: codeList },
    fields: { $ref: "#/$defs/fields" },
    write: { $ref: "#/$defs/write" },
    extensions: { $ref: "#/$defs/extensions" },
  },
  required: ["entity", "native", "fields"],
  additionalProperties: false,
  $defs: {
    oneConvert,
    convert,
    fields: { type: "object", minProperties: 1, additionalProperties: { $ref: "#/$defs/rule" } },
    rule,
    oneRule,
    write: { type: "object", additionalProperties: write },
    extensions,
  },
} as const;
