import type { Json, JsonObject } from "../../src/adapter-kit/index.ts";
import type { Call } from "./client.ts";
import { plainText, type Row, rowsOf, text } from "./rows.ts";

/**
 * Parties and products can have any number of untyped identifiers. One of them holds the hub's key, behind this prefix;
 * numbers of a kind that Tryton has no type for are kept as `scheme:number`.
 */
const PROBE_PREFIX = "NAVE:";

export function probeIdentifier(probeKey: string): JsonObject {
  return { type: null, code: PROBE_PREFIX + probeKey };
}

/** The hub's key among the identifiers of a record, and the identifiers that are not the hub's. */
export function splitProbe(identifiers: readonly Row[]): { probeKey: string | undefined; others: Row[] } {
  const isProbe = (row: Row) =>
    text(row, "type") === undefined && plainText(row["code"]).startsWith(PROBE_PREFIX);
  const probe = identifiers.find(isProbe);
  return {
    probeKey: probe && plainText(probe["code"]).slice(PROBE_PREFIX.length),
    others: identifiers.filter((row) => !isProbe(row)),
  };
}

/** The records whose identifier holds one of the keys. `owner` is the identifier's field that names the record. */
export async function findByProbeIdentifier(
  call: Call,
  { model, owner }: { model: string; owner: string },
  probeKeys: readonly string[],
  signal: AbortSignal,
): Promise<{ probeKey: string; localId: string }[]> {
  const codes = probeKeys.map((key) => PROBE_PREFIX + key);
  const domain: Json[] = [
    ["code", "in", codes],
    ["type", "=", null],
  ];
  const options = { context: { active_test: false }, signal };
  const rows = rowsOf(
    await call(`model.${model}.search_read`, [domain, 0, null, null, ["code", owner]], options),
  );
  return rows.map((row) => ({
    probeKey: plainText(row["code"]).slice(PROBE_PREFIX.length),
    localId: plainText(row[owner]),
  }));
}

/** The kind and the number of an untyped identifier. */
export function untypedParts(code: string): { scheme: string; code: string } {
  const [, scheme = "other", number = code] = /^([a-z][a-z0-9-]*):(.+)$/.exec(code) ?? [];
  return { scheme, code: number };
}

export function untypedIdentifier(scheme: Json | undefined, code: Json | undefined): JsonObject {
  const isNamed = typeof scheme === "string" && scheme !== "other";
  return { type: null, code: isNamed ? `${scheme}:${plainText(code)}` : (code ?? null) };
}

/** Local ids of the records, archived ones included, that have the code which this body brings. */
export async function holdersOfCode(
  call: Call,
  model: string,
  body: JsonObject,
  signal: AbortSignal,
): Promise<string[]> {
  const code = text(body, "code");
  if (code === undefined) return [];
  const options = { context: { active_test: false }, signal };
  const found = await call(`model.${model}.search`, [[["code", "=", code]], 0, 10, null], options);
  return (found as number[]).map(String);
}
