import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parseDocument } from "yaml";
import { readAlerts } from "../alerts/read-rules.ts";
import type { RawAlerts } from "../alerts/rule.ts";
import { NaveError } from "../errors.ts";
import { CONFIG_SCHEMA } from "./config-schema.ts";
import { DEFAULT_DELETES } from "./defaults.ts";
import { explainKey } from "./explain-key.ts";
import { type RawTraces, tracesConfig } from "./traces-config.ts";
import type {
  Config,
  EntityConfig,
  EnvironmentConfig,
  FlowsConfig,
  HubConfig,
  MailConfig,
  MatchingConfig,
  NotificationsConfig,
  SystemConfig,
  TelemetryConfig,
} from "./types.ts";

const LARGEST_FILE_BYTES = 1_000_000;

type RawSystem = Partial<SystemConfig> &
  Pick<SystemConfig, "adapter"> & { entities: Record<string, { take?: boolean; give?: boolean }> };
type RawConfig = {
  hub?: Partial<HubConfig>;
  systems: Record<string, RawSystem>;
  entities?: Record<string, Partial<EntityConfig>>;
  alerts?: RawAlerts;
  telemetry?: { metrics?: Partial<TelemetryConfig["metrics"]>; traces?: RawTraces };
  flows?: Partial<FlowsConfig>;
  environments?: Record<string, EnvironmentConfig>;
  notifications?: Partial<Omit<NotificationsConfig, "mail">> & {
    mail?: Partial<MailConfig> & Pick<MailConfig, "host" | "from">;
  };
};

/**
 * Reads `nave.config.yaml`: `${NAME}` and `${NAME:-default}` are replaced from the environment, keys are checked, defaults
 * filled in. NAVE_HOST, NAVE_PORT, NAVE_DATA, DATABASE_URL, AMQP_URL and the OTEL_ variables override what the file says.
 *
 * @throws NAVE_CONFIG_INVALID naming file, key and what the key accepts.
 */
export function loadConfig(file: string, env: NodeJS.ProcessEnv = process.env): Config {
  const raw = check(file, parse(file, interpolate(file, read(file), env)));
  const folder = dirname(resolve(file));
  const notifications = notificationsConfig(raw.notifications ?? {});
  return {
    hub: hubConfig(raw.hub ?? {}, folder, env),
    systems: Object.fromEntries(
      Object.entries(raw.systems).map(([name, system]) => [name, systemConfig(name, system)]),
    ),
    entities: Object.fromEntries(
      Object.entries(raw.entities ?? {}).map(([name, entity]) => [name, entityConfig(entity)]),
    ),
    notifications,
    alerts: readAlerts(file, raw.alerts ?? {}, notifications),
    telemetry: telemetryConfig(raw.telemetry ?? {}, env),
    flows: { permissions: raw.flows?.permissions ?? {} },
    environments: Object.fromEntries(
      Object.entries(raw.environments ?? {}).map(([name, one]) => [name, environmentConfig(one, folder)]),
    ),
  };
}

function read(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new NaveError(
      "NAVE_CONFIG_INVALID",
      `cannot read the configuration ${file}`,
      { accepts: "a YAML file; see docs/configuration.md" },
      cause,
    );
  }
  if (text.length <= LARGEST_FILE_BYTES) return text;
  throw new NaveError("NAVE_CONFIG_INVALID", `${file} has ${text.length} characters`, {
    accepts: `at most ${LARGEST_FILE_BYTES}`,
  });
}

/** Values, not keys or comments, so that a commented-out reference asks for nothing. */
function interpolate(file: string, text: string, env: NodeJS.ProcessEnv): string {
  return text
    .split("\n")
    .map((line) =>
      line.trimStart().startsWith("#")
        ? line
        : line.replace(
            /\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}/g,
            (_, name: string, fallback: string | undefined) => {
              const value = env[name] ?? fallback;
              if (value !== undefined) return value;
              throw new NaveError(
                "NAVE_CONFIG_INVALID",
                `${file} refers to the environment variable ${name}, which is not set`,
                {
                  field: name,
                  accepts: "a value, or a default in the file: ${" + name + ":-default}",
                },
              );
            },
          ),
    )
    .join("\n");
}

function parse(file: string, text: string): unknown {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw new NaveError("NAVE_CONFIG_INVALID", `${file}: ${error.message}`);
  return document.toJS({ maxAliasCount: 50 });
}

/**
 * Every command of the command line checks the configuration. The schema is our own, and a test checks it: checking it here
 * again, and shortening code that runs once, would more than double the time.
 */
const ONCE_AND_QUICKLY = { meta: false, validateSchema: false, code: { optimize: false } };

function check(file: string, value: unknown): RawConfig {
  const ajv = new Ajv2020({ allErrors: false, verbose: true, allowUnionTypes: true, ...ONCE_AND_QUICKLY });
  const validate = ajv.compile<RawConfig>(CONFIG_SCHEMA);
  if (validate(value)) return value;
  const [error] = validate.errors ?? [];
  throw new NaveError(
    "NAVE_CONFIG_INVALID",
    `${file}: ${error ? explainKey(error) : "is not a configuration"}`,
  );
}

function notificationsConfig({ mail, ...raw }: NonNullable<RawConfig["notifications"]>): NotificationsConfig {
  const tls = mail?.tls ?? "required";
  const port = mail?.port ?? (tls === "implicit" ? 465 : 587);
  return {
    giveUpAfterMs: raw.giveUpAfterMs ?? 24 * 3_600_000,
    ...(mail ? { mail: { ...mail, tls, port } } : {}),
    hooks: raw.hooks ?? {},
  };
}

function telemetryConfig(
  { metrics = {}, traces = {} }: NonNullable<RawConfig["telemetry"]>,
  env: NodeJS.ProcessEnv,
): TelemetryConfig {
  const { open = false, token } = metrics;
  return {
    metrics: { open, ...(token === undefined ? {} : { token }) },
    traces: tracesConfig(traces, env),
  };
}

function environmentConfig(raw: EnvironmentConfig, folder: string): EnvironmentConfig {
  const url = raw.url.replace(/\/+$/, "");
  return raw.tokenFile === undefined
    ? { url, tokenEnv: raw.tokenEnv }
    : { url, tokenFile: resolve(folder, raw.tokenFile) };
}

function hubConfig(raw: Partial<HubConfig>, folder: string, env: NodeJS.ProcessEnv): HubConfig {
  const databaseUrl = env["DATABASE_URL"] || raw.databaseUrl;
  const amqpUrl = env["AMQP_URL"] || raw.amqpUrl;
  const port = env["NAVE_PORT"] ? Number(env["NAVE_PORT"]) : (raw.port ?? 8080);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new NaveError("NAVE_CONFIG_INVALID", `NAVE_PORT is "${env["NAVE_PORT"]}"`, {
      accepts: "a port number, 0 to 65535",
    });
  }
  return {
    port,
    host: env["NAVE_HOST"] || raw.host || "127.0.0.1",
    trustProxy: raw.trustProxy ?? [],
    dataDir: resolve(folder, env["NAVE_DATA"] || raw.dataDir || "data"),
    ...(databaseUrl ? { databaseUrl } : {}),
    ...(amqpUrl ? { amqpUrl } : {}),
    queuePrefix: raw.queuePrefix ?? "nave.",
    flowsDir: resolve(folder, raw.flowsDir ?? "flows"),
    adapterDirs: (raw.adapterDirs ?? ["adapters"]).map((directory) => resolve(folder, directory)),
    retention: { settledMessagesDays: 30, hopsDays: 90, ...raw.retention },
    reconcileEveryMs: raw.reconcileEveryMs ?? 10 * 60_000,
    reconcileAfterQuietMs: raw.reconcileAfterQuietMs ?? 1500,
    maxAttempts: raw.maxAttempts ?? 8,
    paths: raw.paths ?? "all",
    loopAfterWrites: raw.loopAfterWrites ?? 120,
    republishAfterMs: raw.republishAfterMs ?? 30_000,
    watchdogMs: raw.watchdogMs ?? 30_000,
    prefetch: raw.prefetch ?? 500,
  };
}

function systemConfig(name: string, raw: RawSystem): SystemConfig {
  const entities = Object.entries(raw.entities).map(([entity, direction]) => [
    entity,
    { take: direction.take ?? false, give: direction.give ?? false },
  ]);
  return {
    name,
    adapter: raw.adapter,
    title: raw.title ?? name,
    settings: raw.settings ?? {},
    owner: raw.owner ?? `owner of ${raw.title ?? name}`,
    limits: raw.limits ?? {},
    shadowMode: raw.shadowMode ?? false,
    fullScanEveryMs: raw.fullScanEveryMs ?? 24 * 3_600_000,
    entities: Object.fromEntries(entities),
  };
}

const NO_MATCHING: MatchingConfig = { keys: [], scores: [], automatic: 1, review: 1 };

function entityConfig(raw: Partial<EntityConfig>): EntityConfig {
  const matching = raw.matching ?? NO_MATCHING;
  return {
    rules: raw.rules ?? [],
    deletes: { ...DEFAULT_DELETES, ...raw.deletes },
    matching: {
      ...matching,
      keys: matching.keys.map((key) => ({ ...key, normalise: key.normalise ?? [] })),
      scores: matching.scores.map((score) => ({
        ...score,
        normalise: score.normalise ?? [],
        different: score.different ?? 0,
      })),
    },
  };
}
