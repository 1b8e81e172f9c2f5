import { createHash, randomUUID } from "node:crypto";
import type { Json } from "../adapter-kit/contract.ts";
import type { FieldPath } from "../canonical/types.ts";
import type { FieldDecision } from "../merge/types.ts";
import { json, type Sql } from "./database.ts";

export type Conflict = {
  id: string;
  entity: string;
  canonicalId: string;
  path: FieldPath;
  system: string;
  offered: Json;
  kept: Json;
  base: Json;
  rule: string;
  decision: "open" | "taken" | "kept";
  decidedBy: string | null;
  createdAt: Date;
};

const COLUMNS = `id, entity, canonical_id as "canonicalId", path, system, offered, kept, base, rule, decision,
  decided_by as "decidedBy", created_at as "createdAt"`;

/** Records what both sides had changed; an open conflict about the same value is recorded once. */
export async function insertConflicts(
  sql: Sql,
  where: { entity: string; canonicalId: string; system: string; messageId: string },
  decisions: readonly FieldDecision[],
): Promise<void> {
  const rows = decisions
    .filter((decision) => decision.decision !== "overruled")
    .map((decision) => ({
      id: randomUUID(),
      ...where,
      path: decision.path,
      offered: decision.offered ?? null,
      kept: decision.kept ?? null,
      base: decision.base ?? null,
      rule: decision.rule,
      decision: decision.decision,
      fingerprint: createHash("sha256")
        .update(json(decision.offered ?? null))
        .digest("base64url"),
    }));
  if (rows.length === 0) return;
  await sql.query(
    `insert into nave.conflict (id, entity, canonical_id, path, system, offered, kept, base, rule, decision, message_id, decided_at, decided_by, fingerprint)
     select id, entity, "canonicalId", path, system, offered, kept, base, rule, decision, "messageId",
       case when decision = 'open' then null else now() end, case when decision = 'open' then null else 'rule' end, fingerprint
     from jsonb_to_recordset($1::jsonb) as c(id uuid, entity text, "canonicalId" uuid, path text, system text, offered jsonb,
       kept jsonb, base jsonb, rule text, decision text, "messageId" uuid, fingerprint text)
     on conflict (entity, canonical_id, path, system, fingerprint) where decision = 'open' do nothing`,
    [json(rows)],
  );
}

/**
 * Closes open conflicts that have answered themselves: the system that made the offer now holds something else, or the
 * canonical record has come to hold what was offered.
 *
 * @param moved  Fields in which the system holds something new that is not offered against the record.
 * @param now    New values of canonical fields.
 */
export async function closeOvertaken(
  sql: Sql,
  where: { entity: string; canonicalId: string; system: string },
  moved: readonly FieldPath[],
  now: Readonly<Record<FieldPath, Json>>,
): Promise<void> {
  await sql.query(
    `update nave.conflict c set decision = 'kept', decided_by = 'overtaken', decided_at = now()
     where entity = $1 and canonical_id = $2 and decision = 'open' and ((system = $3 and path = any($4::text[]))
       or exists (select 1 from jsonb_each($5::jsonb) n where n.key = c.path and n.value = coalesce(c.offered, 'null')))`,
    [where.entity, where.canonicalId, where.system, moved, json(now)],
  );
}

/** Fields in dispute, by canonical id: frozen in all deliveries. */
export async function selectDisputedPaths(
  sql: Sql,
  entity: string,
  canonicalIds: readonly string[],
): Promise<Map<string, FieldPath[]>> {
  const rows = await sql.query<{ canonicalId: string; paths: string[] }>(
    `select canonical_id as "canonicalId", array_agg(distinct path) as paths from nave.conflict
     where entity = $1 and canonical_id = any($2::uuid[]) and decision = 'open' group by canonical_id`,
    [entity, canonicalIds],
  );
  return new Map(rows.map((row) => [row.canonicalId, row.paths]));
}

export async function listConflicts(sql: Sql, decision: "open" | "all", limit: number): Promise<Conflict[]> {
  return sql.query<Conflict>(
    `select ${COLUMNS} from nave.conflict where $1 = 'all' or decision = 'open' order by created_at desc limit $2`,
    [decision, limit],
  );
}

/** Closes an open conflict. @returns it as it stood, or undefined when it was decided before. */
export async function decideConflict(
  sql: Sql,
  id: string,
  decision: "taken" | "kept",
  decidedBy: string,
): Promise<Conflict | undefined> {
  const [row] = await sql.query<Conflict>(
    `update nave.conflict set decision = $2, decided_by = $3, decided_at = now() where id = $1 and decision = 'open'
     returning ${COLUMNS}`,
    [id, decision, decidedBy],
  );
  return row;
}
