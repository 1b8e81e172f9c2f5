import { ERROR_CODES } from "../../errors.ts";

const text = { type: "string", minLength: 1, maxLength: 1000 };
const body = { type: "object" };
const flag = { type: "boolean" };
const version = { type: "integer", minimum: 1 };
const fields = { type: "array", items: text };
const oneOrSeveral = { type: ["string", "array"], minLength: 1, items: text, minItems: 1 };
const code = { enum: ERROR_CODES };

const object = (properties: Record<string, unknown>, required: string[] = []) => ({
  type: "object",
  additionalProperties: false,
  properties,
  required,
});
const list = (items: unknown) => ({ type: "array", items });

/** A record is written out, or taken from a file beside the case; a body beside `like` changes what is in that file. */
const record = { body, like: text };

const given = object({
  systems: {
    type: "object",
    propertyNames: { pattern: "^[a-z][a-z0-9-]{0,30}$" },
    additionalProperties: object({ takes: list(text) }, ["takes"]),
  },
  records: list(
    object(
      {
        entity: text,
        canonicalId: text,
        version,
        ...record,
        archived: flag,
        localIds: { type: "object", additionalProperties: text },
      },
      ["entity", "canonicalId"],
    ),
  ),
});

const observed = object({ entity: text, system: text, localId: text, ...record, deleted: flag }, [
  "entity",
  "system",
  "localId",
]);
const renewed = object({ entity: text, canonicalId: text, ...record }, ["entity", "canonicalId"]);

const merge = object({
  canonicalId: text,
  version,
  body,
  changed: fields,
  archived: flag,
  echo: flag,
  fails: code,
});

const expectation = object({
  settled: flag,
  wishes: list(
    object(
      {
        system: oneOrSeveral,
        entity: text,
        canonicalId: text,
        version,
        action: { enum: ["hold", "archive"] },
        body,
        exact: flag,
      },
      ["system"],
    ),
  ),
  derived: list(object({ entity: text, key: text, body, exact: flag }, ["entity"])),
  rejections: list(object({ text, owner: text })),
  failures: list(object({ code, node: text, text }, ["code"])),
});

/** JSON Schema of a case; docs/flows.md, "Testing a flow", describes the keys. */
export const CASE_SCHEMA = object(
  {
    title: text,
    given,
    steps: {
      type: "array",
      minItems: 1,
      items: object({ observed, changed: renewed, rerun: renewed, merge, expect: expectation }),
    },
  },
  ["title", "steps"],
);
