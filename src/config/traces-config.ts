import { NaveError } from "../errors.ts";
import type { SamplerConfig, TracesConfig } from "./types.ts";

export type RawTraces = {
  on?: boolean;
  endpoint?: string;
  headers?: Record<string, string>;
  serviceName?: string;
  share?: number;
};

const DEFAULT_ENDPOINT = "http://localhost:4318";
const PATH = "/v1/traces";

/**
 * Whether traces are sent, and where to. OpenTelemetry's own environment variables override what the file says. An endpoint
 * there switches traces on where the file does not say.
 *
 * @throws NAVE_CONFIG_INVALID naming the key or the variable, when traces are on and it is not usable.
 */
export function tracesConfig(raw: RawTraces, env: NodeJS.ProcessEnv): TracesConfig {
  const named = env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] || env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  const isRefused =
    env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true" || env["OTEL_TRACES_EXPORTER"] === "none";
  const on = !isRefused && (raw.on ?? Boolean(named));
  if (on) checkEnvironment(env);
  const hasOwnHeaders = !env["OTEL_EXPORTER_OTLP_HEADERS"] && !env["OTEL_EXPORTER_OTLP_TRACES_HEADERS"];
  return {
    on,
    url: on ? urlOf(raw, env) : DEFAULT_ENDPOINT + PATH,
    serviceName: env["OTEL_SERVICE_NAME"] || raw.serviceName || "nave",
    sampler: samplerConfig(raw, on ? env : {}),
    ...(raw.headers && hasOwnHeaders ? { headers: raw.headers } : {}),
  };
}

/** What names another exporter or protocol is refused, so that nobody waits for traces that never come. */
function checkEnvironment(env: NodeJS.ProcessEnv): void {
  accept(env, "OTEL_TRACES_EXPORTER", ["otlp"], "otlp, or none for no traces");
  for (const name of ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"])
    accept(env, name, ["http/protobuf"], "http/protobuf, most often at port 4318");
}

function accept(env: NodeJS.ProcessEnv, name: string, values: readonly string[], accepts: string): void {
  const value = env[name];
  if (value && !values.includes(value))
    throw new NaveError("NAVE_CONFIG_INVALID", `${name} is "${value}"`, { field: name, accepts });
}

function urlOf(raw: RawTraces, env: NodeJS.ProcessEnv): string {
  const own = env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
  if (own) return checked(own, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  const shared = env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  if (shared) return checked(shared, "OTEL_EXPORTER_OTLP_ENDPOINT").replace(/\/+$/, "") + PATH;
  return checked(raw.endpoint ?? DEFAULT_ENDPOINT, "telemetry.traces.endpoint").replace(/\/+$/, "") + PATH;
}

function checked(url: string, name: string): string {
  const protocol = URL.canParse(url) ? new URL(url).protocol : "";
  if (protocol === "http:" || protocol === "https:") return url;
  throw new NaveError("NAVE_CONFIG_INVALID", `${name} is no address`, {
    field: name,
    accepts: "an http or https address, such as http://collector:4318",
  });
}

const SAMPLERS: Record<string, Omit<SamplerConfig, "share">> = {
  always_on: { root: "all", byParent: false },
  always_off: { root: "none", byParent: false },
  traceidratio: { root: "share", byParent: false },
  parentbased_always_on: { root: "all", byParent: true },
  parentbased_always_off: { root: "none", byParent: true },
  parentbased_traceidratio: { root: "share", byParent: true },
};

function samplerConfig({ share = 1 }: RawTraces, env: NodeJS.ProcessEnv): SamplerConfig {
  const name = env["OTEL_TRACES_SAMPLER"];
  if (!name) return { root: "share", share, byParent: true };
  const sampler = SAMPLERS[name];
  if (!sampler) {
    throw new NaveError("NAVE_CONFIG_INVALID", `OTEL_TRACES_SAMPLER is "${name}"`, {
      field: "OTEL_TRACES_SAMPLER",
      accepts: Object.keys(SAMPLERS).join(", "),
    });
  }
  return { ...sampler, share: shareOf(env["OTEL_TRACES_SAMPLER_ARG"]) };
}

function shareOf(text: string | undefined): number {
  const share = text ? Number(text) : 1;
  if (share >= 0 && share <= 1) return share;
  throw new NaveError("NAVE_CONFIG_INVALID", `OTEL_TRACES_SAMPLER_ARG is "${text}"`, {
    field: "OTEL_TRACES_SAMPLER_ARG",
    accepts: "a number from 0 to 1",
  });
}
