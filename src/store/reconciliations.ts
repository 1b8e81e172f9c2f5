import type { Json } from "../adapter-kit/contract.ts";
import { json, type Sql } from "./database.ts";

export type FindingKind = "missing" | "extra" | "different" | "mismatched-reference";

/** One difference between what a system really holds and what the hub wants it to hold. */
export type Finding = {
  number: number;
  kind: FindingKind;
  canonicalId: string | null;
  localId: string | null;
  /** Canonical field, of a `different`. */
  path: string | null;
  hub: Json;
  systemValue: Json;
};

export type Comparison = { finishedAt: Date; differences: number; changedSince: boolean };

export async function startReconciliation(
  sql: Sql,
  id: string,
  system: string,
  entity: string,
  depth: "full" | "changed",
): Promise<void> {
  await sql.query("insert into nave.reconciliation (id, system, entity, depth) values ($1, $2, $3, $4)", [
    id,
    system,
    entity,
    depth,
  ]);
}

export type Totals = {
  compared: number;
  bodiesRead: number;
  missing: number;
  extra: number;
  different: number;
};

export async function finishReconciliation(
  sql: Sql,
  id: string,
  totals: Totals,
  findings: readonly Finding[],
): Promise<void> {
  await sql.query(
    `update nave.reconciliation set finished_at = now(), compared = $2, bodies_read = $3, missing = $4, extra = $5,
       different = $6 where id = $1`,
    [id, totals.compared, totals.bodiesRead, totals.missing, totals.extra, totals.different],
  );
  await sql.query(
    `insert into nave.finding (reconciliation_id, number, kind, canonical_id, local_id, path, hub, system_value)
     select $1, number, kind, "canonicalId", "localId", path, hub, "systemValue" from jsonb_to_recordset($2::jsonb)
       as f(number integer, kind text, "canonicalId" uuid, "localId" text, path text, hub jsonb, "systemValue" jsonb)`,
    [id, json(findings)],
  );
}

export async function failReconciliation(sql: Sql, id: string, error: string): Promise<void> {
  await sql.query("update nave.reconciliation set error = $2 where id = $1", [id, error]);
}

export type Reconciliation = {
  id: string;
  system: string;
  entity: string;
  startedAt: Date;
  finishedAt: Date | null;
};

export async function readReconciliation(sql: Sql, id: string): Promise<Reconciliation | undefined> {
  const [row] = await sql.query<Reconciliation>(
    `select id, system, entity, started_at as "startedAt", finished_at as "finishedAt" from nave.reconciliation where id = $1`,
    [id],
  );
  return row;
}

export async function selectFindings(sql: Sql, id: string, unrepairedOnly: boolean): Promise<Finding[]> {
  return sql.query<Finding>(
    `select number, kind, canonical_id as "canonicalId", local_id as "localId", path, hub, system_value as "systemValue"
     from nave.finding where reconciliation_id = $1 and ($2 = false or repaired_at is null) order by number`,
    [id, unrepairedOnly],
  );
}

export async function markRepaired(sql: Sql, id: string, numbers: readonly number[]): Promise<void> {
  await sql.query(
    "update nave.finding set repaired_at = now() where reconciliation_id = $1 and number = any($2::int[])",
    [id, numbers],
  );
}

/** The last finished comparison in full of each system and entity, by `system/entity`. */
export async function latestComparisons(sql: Sql): Promise<Map<string, Comparison>> {
  const rows = await sql.query<Comparison & { system: string; entity: string }>(
    `select distinct on (r.system, r.entity) r.system, r.entity, r.finished_at as "finishedAt",
       r.missing + r.extra + r.different as differences,
       exists (select 1 from nave.canonical_record c where c.entity = r.entity and c.updated_at > r.started_at)
         or exists (select 1 from nave.shadow s where s.system = r.system and s.entity = r.entity
           and s.observed_at > r.started_at) as "changedSince"
     from nave.reconciliation r where r.finished_at is not null and r.depth = 'full'
     order by r.system, r.entity, r.finished_at desc`,
  );
  return new Map(rows.map((row) => [`${row.system}/${row.entity}`, row]));
}

/** Comparisons past their retention that a newer one has replaced. */
export async function deleteOldReconciliations(sql: Sql, days: number): Promise<void> {
  await sql.query(
    `delete from nave.reconciliation r where started_at < now() - $1::int * interval '1 day'
       and exists (select 1 from nave.reconciliation n where n.system = r.system and n.entity = r.entity
         and n.depth = 'full' and n.finished_at > r.started_at)`,
    [days],
  );
}
