import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { NaveError } from "../errors.ts";
import type { JsonObject, Manifest } from "./contract.ts";
import { MANIFEST_SCHEMA } from "./manifest-schema.ts";

const ajv = new Ajv2020({
  allErrors: true,
  strict: true,
  strictRequired: false,
  useDefaults: true,
  verbose: true,
});
const isManifest = ajv.compile<Manifest>(MANIFEST_SCHEMA);

/** Reads and checks `adapter.yaml` in an adapter's folder. Throws NAVE_CONFIG_INVALID naming every wrong key and what it accepts. */
export function loadManifest(folder: string): Manifest {
  const file = join(folder, "adapter.yaml");
  const manifest = parseYaml(file);
  if (!isManifest(manifest)) {
    const texts = (isManifest.errors ?? []).filter((error) => error.keyword !== "if").map(wordError);
    throw new NaveError("NAVE_CONFIG_INVALID", `${file}: ${texts.join("; ")}`);
  }
  checkSchema(file, "settings", manifest.settings);
  for (const [name, { args }] of Object.entries(manifest.operations))
    checkSchema(file, `operations.${name}.args`, args);
  return manifest;
}

function parseYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, "utf8"));
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new NaveError("NAVE_CONFIG_INVALID", `${file} cannot be read: ${text}`, {}, cause);
  }
}

function checkSchema(file: string, key: string, schema: JsonObject): void {
  const valid = ajv.validateSchema(schema);
  if (valid === true) return;
  const texts = (ajv.errors ?? []).map((error) => `${key}${error.instancePath} ${error.message}`);
  throw new NaveError("NAVE_CONFIG_INVALID", `${file}: ${key} is no JSON Schema: ${texts.join("; ")}`);
}

function wordError(error: ErrorObject): string {
  const key = error.instancePath.slice(1).replaceAll("/", ".");
  const at = key === "" ? "" : `${key}.`;
  if (error.keyword === "required") return `${at}${error.params.missingProperty} is missing`;
  if (error.keyword === "additionalProperties") {
    const known = Object.keys((error.parentSchema?.properties as object | undefined) ?? {});
    return `${at}${error.params.additionalProperty} is unknown; accepted: ${known.join(", ")}`;
  }
  const accepts =
    error.keyword === "enum" ? `one of ${error.params.allowedValues.join(", ")}` : error.message;
  return `${key || "the file"} is ${JSON.stringify(error.data)}; accepted: ${accepts}`;
}
