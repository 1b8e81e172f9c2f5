import { ROLES } from "../../access/accounts.ts";
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

/** Which of these go together is checked when a case is read. */
const answers = list(
  object({
    system: text,
    query: text,
    command: text,
    args: body,
    reply: body,
    refused: text,
    timedOut: text,
    lookup: body,
    found: { type: ["string", "object"] },
  }),
);

const given = object({
  now: text,
  answers,
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

const decided = object(
  {
    question: text,
    node: text,
    key: text,
    by: text,
    role: { enum: ROLES },
    decision: { enum: ["approved", "rejected"] },
    values: body,
    comment: text,
  },
  ["by", "decision"],
);

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
  amended: list(object({ entity: text, canonicalId: text, body, exact: flag })),
  commands: list(object({ system: text, operation: text, args: body })),
  notifications: list(
    object({ way: { enum: ["mail", "hook", "console"] }, to: fields, subject: text, body: {} }),
  ),
  waits: list(
    object({
      kind: { enum: ["collect", "deadline", "approve", "undo step", "undo all"] },
      node: text,
      key: text,
      due: text,
      question: text,
      candidates: fields,
      mode: { enum: ["any", "all"] },
    }),
  ),
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
      items: object({
        observed,
        changed: renewed,
        rerun: renewed,
        after: text,
        decided,
        merge,
        answers,
        expect: expectation,
      }),
    },
  },
  ["title", "steps"],
);
