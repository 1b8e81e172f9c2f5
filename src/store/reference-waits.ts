import { batched } from "./batching.ts";
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
  await recordOne(sql, { waiter, missing });
}

type Wait = { waiter: string; missing: readonly MissingReference[] };

const recordOne = batched("write", async (sql, waits: readonly Wait[]) => {
  await sql.query("delete from nave.reference_wait where waiter = any($1::text[])", [
    waits.map(({ waiter }) => waiter),
  ]);
  const rows = waits.flatMap(({ waiter, missing }) => missing.map((one) => ({ waiter, ...one })));
  await sql.query(
    `insert into nave.reference_wait (waiter, entity, system, local_id, canonical_id)
     select distinct waiter, entity, system, coalesce("localId", ''), coalesce("canonicalId", '')
     from jsonb_to_recordset($1::jsonb)
       as r(waiter text, entity text, system text, "localId" text, "canonicalId" text)`,
    [json(rows)],
  );
  return waits.map(() => undefined);
});

/** Waiters whose every reference has arrived, taken off the list. */
export async function takeSatisfiedWaiters(sql: Sql, limit: number): Promise<string[]> {
  const rows = await sql.query<{ waiter: string }>(
    `delete from nave.reference_wait where waiter in (
       select w.waiter from nave.reference_wait w
       left join lateral (
         select 1 as found from nave.cross_reference where w.local_id <> ''
           and entity = w.entity and system = w.system and local_id = w.local_id
         union all
         select 1 from nave.cross_reference where w.canonical_id <> ''
           and entity = w.entity and system = w.system and canonical_id = nullif(w.canonical_id, '')::uuid and is_primary
         limit 1) x on true
       group by w.waiter having bool_and(x.found is not null) limit $1)
     returning waiter`,
    [limit],
  );
  return [...new Set(rows.map((row) => row.waiter))];
}
