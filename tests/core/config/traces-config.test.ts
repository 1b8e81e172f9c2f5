import { expect, test } from "vitest";
import { type RawTraces, tracesConfig } from "../../../src/config/traces-config.ts";

const COLLECTOR = "http://collector:4318";

test.each<[string, RawTraces, NodeJS.ProcessEnv, object]>([
  ["off where nothing says otherwise", {}, {}, { on: false }],
  [
    "on by the file, at the standard address",
    { on: true },
    {},
    { on: true, url: "http://localhost:4318/v1/traces" },
  ],
  [
    "on by an endpoint of the environment",
    {},
    { OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR },
    { on: true, url: `${COLLECTOR}/v1/traces` },
  ],
  [
    "off by the file, whatever the environment names",
    { on: false },
    { OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR },
    { on: false },
  ],
  ["off by OTEL_SDK_DISABLED", { on: true }, { OTEL_SDK_DISABLED: "true" }, { on: false }],
  ["off by OTEL_TRACES_EXPORTER", { on: true }, { OTEL_TRACES_EXPORTER: "none" }, { on: false }],
  [
    "to the environment's endpoint rather than the file's",
    { on: true, endpoint: "http://file:1" },
    { OTEL_EXPORTER_OTLP_ENDPOINT: `${COLLECTOR}/` },
    { url: `${COLLECTOR}/v1/traces` },
  ],
  [
    "to the endpoint for traces as it stands",
    { on: true },
    { OTEL_EXPORTER_OTLP_ENDPOINT: "http://x", OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${COLLECTOR}/t` },
    { url: `${COLLECTOR}/t` },
  ],
  [
    "named by OTEL_SERVICE_NAME",
    { on: true, serviceName: "file" },
    { OTEL_SERVICE_NAME: "hub-eu" },
    { serviceName: "hub-eu" },
  ],
  [
    "a share of them",
    { on: true, share: 0.1 },
    {},
    { sampler: { root: "share", share: 0.1, byParent: true } },
  ],
  [
    "by the sampler of the environment",
    { on: true, share: 0.1 },
    { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.5" },
    { sampler: { root: "share", share: 0.5, byParent: false } },
  ],
  [
    "with the headers of the file",
    { on: true, headers: { "x-key": "k" } },
    {},
    { headers: { "x-key": "k" } },
  ],
])("traces are %s", (_, raw, env, expected) => {
  expect(tracesConfig(raw, env)).toMatchObject(expected);
});

test("headers of the environment stand in place of those of the file", () => {
  const config = tracesConfig({ on: true, headers: { a: "b" } }, { OTEL_EXPORTER_OTLP_HEADERS: "a=c" });
  expect(config.headers).toBeUndefined();
});

test.each<[string, NodeJS.ProcessEnv]>([
  ["OTEL_EXPORTER_OTLP_PROTOCOL", { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }],
  ["OTEL_TRACES_EXPORTER", { OTEL_TRACES_EXPORTER: "zipkin" }],
  ["OTEL_EXPORTER_OTLP_ENDPOINT", { OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317" }],
  ["OTEL_TRACES_SAMPLER", { OTEL_TRACES_SAMPLER: "jaeger_remote" }],
  ["OTEL_TRACES_SAMPLER_ARG", { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "2" }],
])("what cannot be done is refused by name: %s", (name, env) => {
  expect(() => tracesConfig({ on: true }, env)).toThrow(
    expect.objectContaining({
      code: "NAVE_CONFIG_INVALID",
      detail: expect.objectContaining({ field: name }),
    }),
  );
  // With traces off, nobody has to mend it.
  expect(tracesConfig({ on: false }, env).on).toBe(false);
});
