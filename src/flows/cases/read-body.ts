import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseDocument } from "yaml";
import type { Json, JsonObject } from "../../adapter-kit/contract.ts";
import type { Body, Model } from "../../canonical/types.ts";
import { NaveError } from "../../errors.ts";

export type CaseFile = { path: string; model: Model };
/** A record is written out, or taken from a file beside the case; a body beside `like` changes what is in that file. */
export type RawRecord = { entity: string; body?: Body; like?: string };

/** The record that stands under this key of a case. @throws NAVE_CONFIG_INVALID when it is not valid. */
export async function readBody(
  file: CaseFile,
  key: string,
  { entity, like, body }: RawRecord,
): Promise<Body | undefined> {
  checkEntity(file, `${key}.entity`, entity);
  if (body === undefined && like === undefined) return undefined;
  const whole = like === undefined ? body : patched(await readLike(file, key, like), body ?? {});
  const problems = file.model.entity(entity).validate(whole as Body);
  if (problems.length === 0) return whole as Body;
  throw wrong(file.path, `${key} is no valid ${entity}: ${problems.map((one) => one.text).join("; ")}`);
}

export function checkEntity({ path, model }: CaseFile, key: string, entity: string): void {
  if (model.entities.includes(entity)) return;
  throw wrong(path, `${key} is "${entity}"; it accepts ${model.entities.join(", ")}`);
}

export async function readYaml(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new NaveError("NAVE_CONFIG_INVALID", `${path} cannot be read`, {}, cause);
  });
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw wrong(path, error.message.split("\n", 1)[0] ?? "is no YAML");
  return document.toJS({ maxAliasCount: 100 });
}

export function wrong(path: string, text: string): NaveError {
  return new NaveError("NAVE_CONFIG_INVALID", `${path}: ${text}`);
}

async function readLike(file: CaseFile, key: string, like: string): Promise<Json> {
  try {
    return (await readYaml(join(dirname(file.path), like))) as Json;
  } catch (error) {
    throw wrong(file.path, `${key}.like: ${(error as Error).message}`);
  }
}

/** A JSON merge patch (RFC 7396): objects are merged, `null` takes a property away, everything else is put in its place. */
function patched(value: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(value) ? { ...value } : {};
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) delete result[name];
    else result[name] = patched(result[name], change);
  }
  return result;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
