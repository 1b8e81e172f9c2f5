import type { Body } from "../canonical/types.ts";
import type { Provenance } from "../merge/types.ts";
import { json, type Sql } from "./database.ts";

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

export async function lockCanonical(
  sql: Sql,
  entity: string,
  id: string,
): Promise<CanonicalRecord | undefined> {
  const [row] = await sql.query<CanonicalRecord>(
    `select ${COLUMNS} from nave.canonical_record where entity = $1 and id = $2 for update`,
    [entity, id],
  );
  return row;
}

export async function selectCanonical(
  sql: Sql,
  entity: string,
  ids: readonly string[],
): Promise<CanonicalRecord[]> {
  return sql.query<CanonicalRecord>(
    `select ${COLUMNS} from nave.canonical_record where entity = $1 and id = any($2::uuid[])`,
    [entity, ids],
  );
}

export type CanonicalContent = Pick<CanonicalRecord, "entity" | "id" | "body" | "provenance" | "archived">;

/** Writes the next version. @returns its number. */
export async function saveCanonical(sql: Sql, record: CanonicalContent): Promise<number> {
  const [row] = await sql.query<{ version: number }>(
    `insert into nave.canonical_record (entity, id, version, body, provenance, archived) values ($1, $2, 1, $3, $4, $5)
     on conflict (entity, id) do update set version = canonical_record.version + 1, body = excluded.body,
       provenance = excluded.provenance, archived = excluded.archived, updated_at = now()
     returning version`,
    [record.entity, record.id, json(record.body), json(record.provenance), record.archived],
  );
  return row?.version ?? 1;
}

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
