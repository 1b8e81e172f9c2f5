import { json, type Sql } from "./database.ts";

/** A missing reference: a local id without a canonical id, or a canonical id without a local id in a system. */
export type MissingReference =
  | { entity: string; system: string; localId: string }
  | { entity: string; system: string; canonicalId: string };

/** Records what a waiter needs, replacing what it waited for before. */
export async function recordWaits(
  sql: Sql,
  waiter: string,
  missing: readonly MissingReference[],
): Promise<void> {
  await sql.query("delete from nave.reference_wait where waiter = $1", [waiter]);
  await sql.query(
    `insert into nave.reference_wait (waiter, entity, system, local_id, canonical_id)
     select distinct $1, entity, system, coalesce("localId", ''), coalesce("canonicalId", '')
     from jsonb_to_recordset($2::jsonb) as r(entity text, system text, "localId" text, "canonicalId" text)`,
    [waiter, json(missing)],
  );
}

/** Waiters whose every reference has arrived, taken off the list. */
export async function takeSatisfiedWaiters(sql: Sql, limit: number): Promise<string[]> {
  const rows = await sql.query<{ waiter: string }>(
    `delete from nave.reference_wait where waiter in (
       select w.waiter from nave.reference_wait w
       left join nave.cross_reference x on x.entity = w.entity and x.system = w.system
         and (x.local_id = w.local_id or (x.canonical_id::text = w.canonical_id and x.is_primary))
       group by w.waiter having bool_and(x.canonical_id is not null) limit $1)
     returning waiter`,
    [limit],
  );
  return [...new Set(rows.map((row) => row.waiter))];
}
