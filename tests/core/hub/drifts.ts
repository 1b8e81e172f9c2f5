import { DatabaseSync } from "node:sqlite";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import type { SandboxServer } from "../../../src/adapter-kit/simulation/index.ts";
import type { Finding } from "../../../src/store/reconciliations.ts";

/** A system that can be changed behind its own back: straight in its database file. */
export type Driftable = { server: SandboxServer; file: string };

/** What a comparison must find of one drift. */
export type Expected = Pick<Finding, "kind" | "path"> & { localId: string | null };

/** A stamp that no poll looks at any more. */
const LONG_AGO = "2020-01-01T00:00:00.000Z";

/** A field corrected straight in the database: neither stamp nor version moves. `path`: the canonical field. */
export function editPastEverything(
  { file }: Driftable,
  id: string,
  field: string,
  value: string,
  path: string,
): Expected {
  changeRow(file, "update record set native = json_set(native, ?, ?) where entity = 'customer' and id = ?", [
    `$.${field}`,
    value,
    id,
  ]);
  return { kind: "different", localId: id, path };
}

/** A field edited under an old stamp, as a bulk correction may do: the version moves, no poll sees it. */
export async function editUnderOldStamp(
  { server }: Driftable,
  id: string,
  changes: JsonObject,
  path: string,
): Promise<Expected> {
  await server.misbehave({ frozenStamp: LONG_AGO });
  await server.edit("customer", id, changes);
  await server.misbehave({ frozenStamp: "" });
  return { kind: "different", localId: id, path };
}

/** A record gone without trace. */
export function removeRow({ file }: Driftable, id: string): Expected {
  changeRow(file, "delete from record where entity = 'customer' and id = ?", [id]);
  return { kind: "missing", localId: id, path: null };
}

/** A system put back to before its youngest record was made: that is gone, and its id is the next one to be given out. */
export function takeBackYoungest({ file }: Driftable, id: string): void {
  changeRow(file, "delete from record where entity = 'customer' and id = ?", [id]);
  changeRow(file, "update counter set value = value - 1 where name = ?", ["customer"]);
}

/** A record imported under an old stamp. */
export async function insertUnnoticed({ server }: Driftable, native: JsonObject): Promise<Expected> {
  await server.misbehave({ frozenStamp: LONG_AGO });
  const localId = await server.insert("customer", native);
  await server.misbehave({ frozenStamp: "" });
  return { kind: "extra", localId, path: null };
}

/** The key of another record written where the hub's key for this one belongs. */
export function writeKey({ file }: Driftable, field: string, id: string, key: string): Expected {
  changeRow(
    file,
    "update record set native = json_set(native, ?, ?), probe = ? where entity = 'customer' and id = ?",
    [`$.${field}`, key, key, id],
  );
  return { kind: "mismatched-reference", localId: id, path: null };
}

export function sortedFindings(findings: readonly Expected[]): Expected[] {
  return findings
    .map(({ kind, localId, path }) => ({ kind, localId, path }))
    .toSorted((one, other) => `${one.localId}${one.path}`.localeCompare(`${other.localId}${other.path}`));
}

function changeRow(file: string, sql: string, values: string[]): void {
  const database = new DatabaseSync(file);
  try {
    database.prepare(sql).run(...values);
  } finally {
    database.close();
  }
}
