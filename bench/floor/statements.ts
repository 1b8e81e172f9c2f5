import type { Pool } from "pg";
import type { JsonObject } from "../../src/adapter-kit/contract.ts";

export type Arrival = { localId: string; number: string; body: JsonObject };
export type Merged = { canonicalId: string; body: JsonObject };
export type Delivered = { canonicalId: string; target: string; localId: string };

export async function createTables(pool: Pool): Promise<void> {
  await pool.query(`
    create table canonical (id uuid primary key default gen_random_uuid(), number text not null unique,
                            body jsonb not null, version int not null default 1);
    create table xref (system text, local_id text, canonical_id uuid not null, primary key (system, local_id));
    create table trace (canonical_id uuid not null, step text not null, at timestamptz not null default now(), body jsonb);
    create index on trace (canonical_id);
    create table checkpoint (system text primary key, value jsonb not null);`);
}

/** Cross reference, golden record and trace of a group, in one statement and so in one transaction. */
export async function mergeGroup(pool: Pool, group: readonly Arrival[]): Promise<Merged[]> {
  const { rows } = await pool.query<Merged>(
    `with arrived as (select * from json_to_recordset($1) as a("localId" text, number text, body jsonb)),
     merged as (
       insert into canonical (number, body) select number, body from arrived
       on conflict (number) do update set body = canonical.body || excluded.body, version = canonical.version + 1
       returning id, number, body),
     linked as (
       insert into xref select 'crm', a."localId", m.id from arrived a join merged m using (number)
       on conflict do nothing),
     traced as (insert into trace (canonical_id, step, body) select id, 'merged', body from merged)
     select id as "canonicalId", body from merged`,
    [JSON.stringify(group)],
  );
  return rows;
}

export async function confirmGroup(pool: Pool, group: readonly Delivered[]): Promise<void> {
  await pool.query(
    `with delivered as (select * from json_to_recordset($1) as d("canonicalId" uuid, target text, "localId" text)),
     linked as (
       insert into xref select target, "localId", "canonicalId" from delivered on conflict do nothing)
     insert into trace (canonical_id, step) select "canonicalId", 'delivered' from delivered`,
    [JSON.stringify(group)],
  );
}

export async function saveCheckpoint(pool: Pool, after: number): Promise<void> {
  await pool.query(
    "insert into checkpoint values ('crm', $1) on conflict (system) do update set value = excluded.value",
    [{ after }],
  );
}
