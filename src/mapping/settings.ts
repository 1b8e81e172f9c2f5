import type { Json, JsonObject } from "../adapter-kit/contract.ts";
import type { MappingDefinition } from "./definition.ts";
import type { Faults, SourcePath } from "./faults.ts";
import { isObject } from "./path.ts";

/** Replaces every `{ setting: name }` or `{ setting: name, default: value }` by the system's setting of that name. */
export function resolveSettings(
  definition: MappingDefinition,
  settings: JsonObject,
  faults: Faults,
): MappingDefinition {
  return resolve(definition, settings, faults, []) as unknown as MappingDefinition;
}

function resolve(value: Json, settings: JsonObject, faults: Faults, at: SourcePath): Json {
  if (Array.isArray(value))
    return value.map((item, index) => resolve(item, settings, faults, [...at, index]));
  if (!isObject(value)) return value;
  if (
    typeof value["setting"] === "string" &&
    Object.keys(value).every((key) => key === "setting" || key === "default")
  )
    return settingValue(value["setting"], value["default"], settings, faults, at);
  const entries = Object.entries(value).map(
    ([key, inner]) => [key, resolve(inner, settings, faults, [...at, key])] as const,
  );
  return Object.fromEntries(entries);
}

function settingValue(
  name: string,
  fallback: Json | undefined,
  settings: JsonObject,
  faults: Faults,
  at: SourcePath,
): Json {
  const value = Object.hasOwn(settings, name) ? settings[name] : fallback;
  if (value !== undefined) return value;
  faults.add(at, `the system has no setting "${name}"`, `a value for ${name}, or a default beside setting`);
  return null;
}
