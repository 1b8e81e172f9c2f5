const text = { type: "string", minLength: 1 } as const;
const count = { type: "integer", minimum: 1 } as const;
const milliseconds = { type: "integer", minimum: 0 } as const;
const flag = { type: "boolean" } as const;
const name = { type: "string", pattern: "^[a-z][a-z0-9-]*$" } as const;

const limits = {
  type: "object",
  additionalProperties: false,
  required: [
    "batchSize",
    "concurrency",
    "timeoutMs",
    "settleMs",
    "pollEveryMs",
    "overlapMs",
    "timestampPrecisionMs",
  ],
  properties: {
    batchSize: count,
    concurrency: count,
    requestsPerSecond: { type: "number", exclusiveMinimum: 0 },
    timeoutMs: count,
    settleMs: milliseconds,
    pollEveryMs: count,
    overlapMs: milliseconds,
    timestampPrecisionMs: count,
  },
} as const;

const entity = {
  type: "object",
  additionalProperties: false,
  required: ["native", "mapping", "read", "create", "update", "remove", "deletes", "lockToken", "document"],
  properties: {
    native: text,
    mapping: name,
    read: flag,
    create: flag,
    update: flag,
    remove: { enum: ["archive", "delete", "none"] },
    deletes: { enum: ["reported", "absent"] },
    probe: text,
    lockToken: flag,
    document: flag,
    children: { type: "array", items: name },
  },
} as const;

const operation = {
  type: "object",
  additionalProperties: false,
  required: ["kind", "args", "title"],
  properties: {
    kind: { enum: ["command", "query"] },
    args: { type: "object" },
    title: text,
    repeatable: { type: "boolean", default: false },
  },
} as const;

/** JSON Schema (2020-12) of `adapter.yaml`; the meaning of each key is told by `Manifest` in contract.ts. */
export const MANIFEST_SCHEMA = {
  type: "object",
  additionalProperties: false,
  required: ["name", "title", "description", "role", "settings", "limits", "entities"],
  properties: {
    name,
    title: text,
    description: text,
    role: { enum: ["front-office", "back-office", "supply-chain"] },
    settings: { type: "object" },
    limits,
    entities: { type: "object", propertyNames: name, additionalProperties: entity },
    operations: { type: "object", additionalProperties: operation, default: {} },
    namedBy: { type: "object", propertyNames: name, additionalProperties: text, default: {} },
  },
} as const;
