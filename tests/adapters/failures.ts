import { inspect } from "node:util";
import type { JsonObject, Manifest } from "../../src/adapter-kit/contract.ts";
import { NaveError } from "../../src/errors.ts";

/** The NaveError that a promise rejects with; fails when it resolves or rejects with anything else. */
export async function failureOf(promise: Promise<unknown>): Promise<NaveError> {
  const thrown = await promise.then(
    (value) => new Error(`resolved with ${inspect(value)}`),
    (error: unknown) => error,
  );
  if (thrown instanceof NaveError) return thrown;
  throw new Error(`no NaveError: ${inspect(thrown)}`);
}

/** The values of the settings that the manifest marks as secret. */
export function secretsOf(manifest: Manifest, settings: JsonObject): string[] {
  const properties = (manifest.settings["properties"] ?? {}) as Record<string, { writeOnly?: boolean }>;
  const secret = Object.keys(properties).filter((name) => properties[name]?.writeOnly === true);
  return secret.map((name) => settings[name]).filter((value): value is string => typeof value === "string");
}

/** All that an error tells: text, stack, detail and causes, hidden properties too. */
export function spelledOut(error: unknown): string {
  return inspect(error, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null });
}
