import type { Body } from "../canonical/types.ts";
import type { Provenance } from "../merge/types.ts";
import { batched, holdInGroup } from "./batching.ts";
import { json, type Sql } from "./database.ts";
import { type PackedProvenance, packProvenance, unpackProvenance } from "./packed-provenance.ts";

/** A golden record with its version and the origin of every field. */
export type CanonicalRecord = {
  entity: string;
  id: string;
  version: number;
  body: Body;
  provenance: Provenance;
  archived: boolean;
  mergedInto: string | null;
  updatedAt: Date;
};

const COLUMNS = `entity, id, version, body, provenance, archived, merged_into as "mergedInto", updated_at as "updatedAt"`;

/**
 * Locks a record until the transaction ends. Where there is none yet, its name is locked: of two that would make it, the
 * second one finds what the first has made.
 */
export async function lockCanonical(
  sql: Sql,
  entity: string,
  id: string,
): Promise<CanonicalRecord | undefined> {
  await holdInGroup(sql, [recordInGroup(entity, id)]);
  return lockOne(sql, { entity, id });
}

/** Name of a canonical record among what members of a group keep from each other. */
export const recordInGroup = (entity: string, id: string) => `record ${entity}/${id}`;

const lockOne = batched("read", async (sql, keys: readonly RecordKey[]) => {
  const there = await lockRows(sql, keys);
  const missing = keys.filter((_, index) => there[index] === undefined);
  if (missing.length === 0) return there;
  const names = [...new Set(missing.map(({ entity, id }) => recordInGroup(entity, id)))].sort();
  await sql.query("select pg_advisory_xact_lock(hashtextextended(name, 0)) from unnest($1::text[]) as name", [
    names,
  ]);
  const made = new Map((await lockRows(sql, missing)).map((record, index) => [missing[index], record]));
  return keys.map((key, index) => there[index] ?? made.get(key));
});

async function lockRows(sql: Sql, keys: readonly RecordKey[]): Promise<(CanonicalRecord | undefined)[]> {
  const distinct = new Map(keys.map((key) => [`${key.entity}/${key.id}`, key]));
  const sorted = [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
  return inOrder(await rowsOf(sql, sorted, "for update"), keys);
}

/** By the whole key, one by one: a plan made while the table was small would read all of it. */
async function rowsOf(
  sql: Sql,
  keys: readonly RecordKey[],
  lock: "for update" | "",
): Promise<StoredRecord[]> {
  return sql.query<StoredRecord>(
    `select r.* from unnest($1::text[], $2::uuid[]) as k(entity, id)
     cross join lateral (select ${COLUMNS} from nave.canonical_record
       where entity = k.entity and id = k.id limit 1 ${lock}) r`,
    [keys.map(({ entity }) => entity), keys.map(({ id }) => id)],
  );
}

type RecordKey = Pick<CanonicalRecord, "entity" | "id">;

type StoredRecord = Omit<CanonicalRecord, "provenance"> & { provenance: PackedProvenance };

function recordOf(row: StoredRecord): CanonicalRecord {
  return { ...row, provenance: unpackProvenance(row.provenance) };
}

function inOrder(rows: readonly StoredRecord[], keys: readonly RecordKey[]) {
  const byKey = new Map(rows.map((row) => [`${row.entity}/${row.id}`, recordOf(row)]));
  return keys.map(({ entity, id }) => byKey.get(`${entity}/${id}`));
}

/** One record, without locking it. */
export const readCanonical = batched("read", async (sql, keys: readonly RecordKey[]) => {
  const rows = await rowsOf(sql, keys, "");
  return inOrder(rows, keys);
});

export async function selectCanonical(
  sql: Sql,
  entity: string,
  ids: readonly string[],
): Promise<CanonicalRecord[]> {
  const rows = await sql.query<StoredRecord>(
    `select ${COLUMNS} from nave.canonical_record where entity = $1 and id = any($2::uuid[])`,
    [entity, ids],
  );
  return rows.map(recordOf);
}

export type CanonicalContent = Pick<CanonicalRecord, "entity" | "id" | "body" | "provenance" | "archived">;

/** Writes the next version. @returns its number. */
export const saveCanonical = batched("write", async (sql, records: readonly CanonicalContent[]) => {
  const rows = await sql.query<{ entity: string; id: string; version: number }>(
    `insert into nave.canonical_record (entity, id, version, body, provenance, archived)
     select entity, id, 1, body, provenance, archived from jsonb_to_recordset($1::jsonb)
       as r(entity text, id uuid, body jsonb, provenance jsonb, archived boolean)
     on conflict (entity, id) do update set version = canonical_record.version + 1, body = excluded.body,
       provenance = excluded.provenance, archived = excluded.archived, updated_at = now()
     returning entity, id, version`,
    [json(records.map((record) => ({ ...record, provenance: packProvenance(record.provenance) })))],
  );
  const byKey = new Map(rows.map((row) => [`${row.entity}/${row.id}`, row.version]));
  return records.map(({ entity, id }) => byKey.get(`${entity}/${id}`) ?? 1);
});

/** Marks a duplicate; null undoes it. */
export async function setMergedInto(
  sql: Sql,
  entity: string,
  id: string,
  survivor: string | null,
): Promise<void> {
  await sql.query(
    "update nave.canonical_record set merged_into = $3, version = version + 1, updated_at = now() where entity = $1 and id = $2",
    [entity, id, survivor],
  );
}

/** How many records there are, without the archived and the merged-away ones. */
export async function countCanonical(sql: Sql, entity: string): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    "select count(*)::int as count from nave.canonical_record where entity = $1 and merged_into is null and not archived",
    [entity],
  );
  return row?.count ?? 0;
}
