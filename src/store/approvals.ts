import type { Sql } from "./database.ts";
import type { Wait } from "./waits.ts";

/** A question to people: the wait, without the message that goes on with the answer. */
export type ApprovalRow = Wait & { state: "open" | "done" | "cancelled"; closedAt: Date | null };

const COLUMNS = `id, kind, flow, flow_version as "flowVersion", node, key, due_at as "dueAt", cause_id as "causeId",
  correlation_id as "correlationId", created_at as "createdAt", state, closed_at as "closedAt"`;

export type ApprovalFilter = {
  /** Without: all. */
  isOpen?: true;
  /** Only those that ask one of these candidates, or that one of these people has decided. */
  candidates?: readonly string[];
  by?: string;
  /** Those before this one. */
  after?: string | undefined;
};

/** Newest first. */
export async function listApprovals(sql: Sql, filter: ApprovalFilter, limit: number): Promise<ApprovalRow[]> {
  return sql.query<ApprovalRow>(
    `select ${COLUMNS}, data - 'message' as data from nave.wait where kind = 'approve' and (not $1::boolean or state = 'open')
       and ($2::text[] is null or data->'candidates' ?| $2::text[]
         or data->'decisions' @> jsonb_build_array(jsonb_build_object('by', $3::text)))
       and ($4::uuid is null or (created_at, id) < (select created_at, id from nave.wait where id = $4::uuid))
     order by created_at desc, id desc limit $5`,
    [filter.isOpen ?? false, filter.candidates ?? null, filter.by ?? null, filter.after ?? null, limit],
  );
}

export async function readApproval(sql: Sql, id: string): Promise<ApprovalRow | undefined> {
  const [row] = await sql.query<ApprovalRow>(
    `select ${COLUMNS}, data - 'message' as data from nave.wait where kind = 'approve' and id = $1`,
    [id],
  );
  return row;
}

/** The same with its message, for this transaction alone; and whether its deadline has passed. */
export async function lockApproval(
  sql: Sql,
  id: string,
): Promise<(ApprovalRow & { isOverdue: boolean; now: Date }) | undefined> {
  const [row] = await sql.query<ApprovalRow & { isOverdue: boolean; now: Date }>(
    `select ${COLUMNS}, data, coalesce(due_at <= clock_timestamp(), false) as "isOverdue", clock_timestamp() as now
     from nave.wait where kind = 'approve' and id = $1 for update`,
    [id],
  );
  return row;
}
