import type { CrossReference } from "./cross-references.ts";
import { json, type Sql } from "./database.ts";

export type IdentityMerge<Before> = {
  id: string;
  entity: string;
  survivorId: string;
  absorbedId: string;
  before: Before;
  mergedBy: string;
};

export async function insertIdentityMerge<Before>(sql: Sql, merge: IdentityMerge<Before>): Promise<void> {
  await sql.query(
    `insert into nave.identity_merge (id, entity, survivor_id, absorbed_id, before, merged_by) values ($1, $2, $3, $4, $5, $6)`,
    [merge.id, merge.entity, merge.survivorId, merge.absorbedId, json(merge.before), merge.mergedBy],
  );
}

/** A merge that has not been undone, locked; undefined when there is none. */
export async function openIdentityMerge<Before>(
  sql: Sql,
  id: string,
): Promise<IdentityMerge<Before> | undefined> {
  const [row] = await sql.query<IdentityMerge<Before>>(
    `select id, entity, survivor_id as "survivorId", absorbed_id as "absorbedId", before, merged_by as "mergedBy"
     from nave.identity_merge where id::text = $1 and undone_at is null for update`,
    [id],
  );
  return row;
}

export async function closeIdentityMerge(sql: Sql, id: string): Promise<void> {
  await sql.query("update nave.identity_merge set undone_at = now() where id = $1", [id]);
}

export async function listIdentityMerges(
  sql: Sql,
  limit: number,
): Promise<Omit<IdentityMerge<unknown>, "before">[]> {
  return sql.query(
    `select id, entity, survivor_id as "survivorId", absorbed_id as "absorbedId", merged_by as "mergedBy"
     from nave.identity_merge where undone_at is null order by merged_at desc limit $1`,
    [limit],
  );
}

/** The survivor takes over all cross references; where both have one in a system, the survivor's stays the primary one. */
export async function moveReferences(sql: Sql, entity: string, from: string, to: string): Promise<void> {
  await sql.query(
    `update nave.cross_reference x set canonical_id = $3, is_primary = is_primary and not exists (
       select 1 from nave.cross_reference o where o.entity = x.entity and o.system = x.system and o.canonical_id = $3
         and o.is_primary)
     where entity = $1 and canonical_id = $2`,
    [entity, from, to],
  );
}

export async function restoreReferences(sql: Sql, references: readonly CrossReference[]): Promise<void> {
  for (const { entity, system, localId, canonicalId, isPrimary } of references) {
    await sql.query(
      `update nave.cross_reference set canonical_id = $4, is_primary = $5
       where entity = $1 and system = $2 and local_id = $3`,
      [entity, system, localId, canonicalId, isPrimary],
    );
  }
}

/**
 * Forgets what is known of records that have been seen to change since a merge, so that they are read and merged afresh.
 * @returns which.
 */
export async function forgetEditedShadows(
  sql: Sql,
  mergeId: string,
  references: readonly CrossReference[],
): Promise<Pick<CrossReference, "entity" | "system" | "localId">[]> {
  return sql.query(
    `delete from nave.shadow s using nave.identity_merge m,
       jsonb_to_recordset($2::jsonb) as r(entity text, system text, "localId" text)
     where m.id = $1 and s.entity = r.entity and s.system = r.system and s.local_id = r."localId"
       and s.observed_at > m.merged_at
     returning s.entity, s.system, s.local_id as "localId"`,
    [mergeId, json(references)],
  );
}

/** Canonical records whose bodies refer to this id. */
export async function selectReferrers(sql: Sql, id: string): Promise<{ entity: string; id: string }[]> {
  return sql.query<{ entity: string; id: string }>(
    `select entity, id from nave.canonical_record
     where jsonb_path_exists(body, '$.**.id ? (@ == $wanted)', jsonb_build_object('wanted', $1::text))`,
    [id],
  );
}

/** Makes these records, and what is known of them in the systems, refer to another id. */
export async function redirectReferences(
  sql: Sql,
  records: readonly { entity: string; id: string }[],
  from: string,
  to: string,
): Promise<void> {
  for (const record of records) {
    await sql.query(
      `update nave.canonical_record set body = replace(body::text, $3, $4)::jsonb, version = version + 1, updated_at = now()
       where entity = $1 and id = $2`,
      [record.entity, record.id, from, to],
    );
    await sql.query(
      `update nave.shadow s set canonical = replace(canonical::text, $3, $4)::jsonb from nave.cross_reference x
       where x.entity = $1 and x.canonical_id = $2 and s.system = x.system and s.entity = x.entity
         and s.local_id = x.local_id`,
      [record.entity, record.id, from, to],
    );
  }
}

/** Whether one of these records was ever merged into the other, undone or not. */
export async function wereMerged(sql: Sql, entity: string, one: string, other: string): Promise<boolean> {
  const rows = await sql.query(
    `select 1 from nave.identity_merge where entity = $1
       and (survivor_id = $2 and absorbed_id = $3 or survivor_id = $3 and absorbed_id = $2) limit 1`,
    [entity, one, other],
  );
  return rows.length > 0;
}
