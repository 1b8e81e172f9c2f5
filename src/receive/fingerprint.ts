import { createHash } from "node:crypto";
import type { Json, JsonObject } from "../adapter-kit/contract.ts";

/** Recognises the same content again, whatever the order of its properties. */
export function fingerprint(native: JsonObject, deleted: boolean): string {
  const hash = createHash("sha256");
  hash.update(deleted ? "deleted " : "");
  hash.update(JSON.stringify(sorted(native)));
  return hash.digest("base64url");
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const names = Object.keys(value).sort();
  const result: JsonObject = {};
  for (const name of names) result[name] = sorted(value[name] as Json);
  return result;
}
