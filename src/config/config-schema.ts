const duration = { type: "integer", minimum: 0 };
const count = { type: "integer", minimum: 1 };
const text = { type: "string", minLength: 1, maxLength: 500 };
const names = { type: "array", items: text, minItems: 1, maxItems: 200 };
const whom = { type: "array", items: text, maxItems: 200 };
const normalisers = {
  type: "array",
  items: { enum: ["lower", "letters-and-digits", "digits", "company-name", "first-line", "unaccent"] },
};

const object = (properties: Record<string, unknown>, required: string[] = []) => ({
  type: "object",
  additionalProperties: false,
  properties,
  required,
});

const fieldRule = {
  oneOf: [
    object({ fields: names, rule: { const: "owner" }, owner: text }, ["fields", "rule", "owner"]),
    object({ fields: names, rule: { const: "rank" }, systems: names }, ["fields", "rule", "systems"]),
    object({ fields: names, rule: { enum: ["newest", "most-complete", "ask"] } }, ["fields", "rule"]),
  ],
};

const matching = object(
  {
    keys: {
      type: "array",
      items: object({ name: text, fields: names, normalise: normalisers }, ["name", "fields"]),
    },
    scores: {
      type: "array",
      items: object(
        {
          name: text,
          field: text,
          normalise: normalisers,
          equal: { type: "integer" },
          different: { type: "integer" },
          similarFrom: { type: "number", exclusiveMinimum: 0, maximum: 1 },
        },
        ["name", "field", "equal"],
      ),
    },
    automatic: { type: "integer" },
    review: { type: "integer" },
  },
  ["keys", "scores", "automatic", "review"],
);

const deletes = object({
  onDelete: { enum: ["archive", "ignore", "ask"] },
  deleteAgainstEdit: { enum: ["delete", "edit"] },
  brakeShare: { type: "number", minimum: 0, maximum: 1 },
  brakeMinimum: { type: "integer", minimum: 1 },
});

const alertTargets = {
  type: "array",
  minItems: 1,
  maxItems: 20,
  items: {
    type: "object",
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
    properties: {
      mail: {
        type: "string",
        pattern: '^[^\\s@<>,;:"()\\[\\]\\\\]+@[^\\s@<>,;:"()\\[\\]\\\\]+$',
        maxLength: 254,
      },
      hook: text,
      page: { type: "string", minLength: 1, maxLength: 200 },
    },
  },
};

const alerts = object({
  everyMs: { type: "integer", minimum: 100 },
  to: alertTargets,
  repeatEveryMs: duration,
  rules: {
    type: "object",
    propertyNames: { pattern: "^[a-z][a-z0-9-]{0,60}$" },
    additionalProperties: object({
      off: { type: "boolean" },
      metric: text,
      labels: { type: "object", additionalProperties: { type: "string", maxLength: 200 } },
      above: { type: "number" },
      below: { type: "number" },
      forMs: duration,
      severity: { enum: ["critical", "warning", "info"] },
      text,
      to: alertTargets,
      repeatEveryMs: duration,
      tellResolved: { type: "boolean" },
    }),
  },
});

const telemetry = object({
  metrics: object({
    open: { type: "boolean" },
    token: { type: "string", pattern: "^[A-Za-z0-9._~+/=-]{16,200}$" },
  }),
  traces: object({
    on: { type: "boolean" },
    endpoint: { type: "string", pattern: "^https?://", maxLength: 2000 },
    headers: {
      type: "object",
      maxProperties: 20,
      propertyNames: { pattern: "^[A-Za-z0-9-]{1,100}$" },
      additionalProperties: { type: "string", minLength: 1, maxLength: 4000, pattern: "^[\\x20-\\x7e]+$" },
    },
    serviceName: { type: "string", minLength: 1, maxLength: 200 },
    share: { type: "number", minimum: 0, maximum: 1 },
  }),
});

/** JSON Schema of `nave.config.yaml`; docs/configuration.md describes the keys. */
export const CONFIG_SCHEMA = object(
  {
    hub: object({
      port: { type: "integer", minimum: 0, maximum: 65_535 },
      host: text,
      trustProxy: { type: ["array", "integer"], items: text, maxItems: 200, minimum: 0, maximum: 10 },
      dataDir: text,
      databaseUrl: { type: "string", pattern: "^postgres(ql)?://" },
      amqpUrl: { type: "string", pattern: "^amqps?://" },
      queuePrefix: { type: "string", pattern: "^[A-Za-z0-9._-]{0,60}$" },
      flowsDir: text,
      adapterDirs: names,
      retention: object({ settledMessagesDays: duration, hopsDays: duration }),
      reconcileEveryMs: duration,
      reconcileAfterQuietMs: duration,
      maxAttempts: { type: "integer", minimum: 1, maximum: 100 },
      paths: { enum: ["all", "failed"] },
      loopAfterWrites: { type: "integer", minimum: 2 },
      republishAfterMs: { type: "integer", minimum: 1000 },
      watchdogMs: { anyOf: [{ const: 0 }, { type: "integer", minimum: 5000, maximum: 3_600_000 }] },
      prefetch: { type: "integer", minimum: 1, maximum: 10_000 },
    }),
    systems: {
      type: "object",
      propertyNames: { pattern: "^[a-z][a-z0-9-]{0,30}$" },
      minProperties: 1,
      additionalProperties: object(
        {
          adapter: text,
          title: text,
          owner: text,
          settings: { type: "object" },
          shadowMode: { type: "boolean" },
          fullScanEveryMs: duration,
          limits: object({
            batchSize: count,
            concurrency: count,
            requestsPerSecond: { type: "number", exclusiveMinimum: 0 },
            timeoutMs: count,
            settleMs: duration,
            pollEveryMs: count,
            overlapMs: duration,
            timestampPrecisionMs: duration,
          }),
          entities: {
            type: "object",
            minProperties: 1,
            additionalProperties: object({ take: { type: "boolean" }, give: { type: "boolean" } }),
          },
        },
        ["adapter", "entities"],
      ),
    },
    notifications: object({
      giveUpAfterMs: { type: "integer", minimum: 1 },
      mail: object(
        {
          host: text,
          port: { type: "integer", minimum: 1, maximum: 65_535 },
          tls: { enum: ["implicit", "required", "optional"] },
          user: text,
          password: text,
          from: { type: "string", pattern: "^([^<>@\\r\\n]*<)?[^\\s<>@]+@[^\\s<>@]+>?$", maxLength: 200 },
        },
        ["host", "from"],
      ),
      hooks: {
        type: "object",
        propertyNames: { pattern: "^[a-z][a-z0-9-]{0,30}$" },
        additionalProperties: object(
          {
            url: { type: "string", pattern: "^https?://", maxLength: 2000 },
            secret: { type: "string", minLength: 8, maxLength: 500 },
          },
          ["url", "secret"],
        ),
      },
    }),
    alerts,
    telemetry,
    flows: object({
      permissions: {
        type: "object",
        propertyNames: { pattern: "^[\\p{L}\\p{N}*-]{1,60}$" },
        additionalProperties: object({ read: whom, edit: whom, deploy: whom }),
      },
    }),
    environments: {
      type: "object",
      propertyNames: { pattern: "^[a-z][a-z0-9-]{0,30}$" },
      additionalProperties: {
        ...object({
          url: { type: "string", pattern: "^https?://", maxLength: 2000 },
          tokenEnv: { type: "string", pattern: "^[A-Z][A-Z0-9_]*$", maxLength: 100 },
          tokenFile: text,
        }),
        oneOf: [{ required: ["url", "tokenEnv"] }, { required: ["url", "tokenFile"] }],
      },
    },
    entities: {
      type: "object",
      additionalProperties: object({ rules: { type: "array", items: fieldRule }, matching, deletes }),
    },
  },
  ["systems"],
);
