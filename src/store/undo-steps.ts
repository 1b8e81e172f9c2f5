import { json, type Sql } from "./database.ts";
import type { NewWait, Wait } from "./waits.ts";

const COLUMNS = `w.id, w.kind, w.flow, w.flow_version as "flowVersion", w.node, w.key, w.due_at as "dueAt", w.data,
  w.cause_id as "causeId", w.correlation_id as "correlationId", w.created_at as "createdAt"`;

/** Whoever undoes or ends a process does so alone, for the length of the transaction. */
export async function lockProcess(sql: Sql, process: string): Promise<void> {
  await sql.query("select pg_advisory_xact_lock(hashtextextended($1, 7))", [process]);
}

/** A step of a process and how it is undone; or, of kind `undo all` and due at once, the undoing of all of them. */
export async function insertProcessWait(sql: Sql, wait: NewWait, process: string): Promise<void> {
  await sql.query(
    `insert into nave.wait (id, kind, flow, flow_version, node, key, state, data, cause_id, correlation_id, process, due_at)
     values ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $9, $10, case $2 when 'undo all' then now() end)`,
    [
      wait.id,
      wait.kind,
      wait.flow,
      wait.flowVersion,
      wait.node,
      wait.key,
      json(wait.data),
      wait.causeId,
      wait.correlationId,
      process,
    ],
  );
}

/** The undoing of this process that is under way. */
export async function findUndoing(sql: Sql, process: string): Promise<string | undefined> {
  const [row] = await sql.query<{ id: string }>(
    "select id from nave.wait where process = $1 and kind = 'undo all' and state = 'open'",
    [process],
  );
  return row?.id;
}

/** The last step that is not undone yet, locked. */
export async function lockLastStep(sql: Sql, process: string): Promise<Wait | undefined> {
  const [row] = await sql.query<Wait>(
    `select ${COLUMNS} from nave.wait w join nave.wait_arrival a on a.wait_id = w.id
     where w.process = $1 and w.kind = 'undo' and w.state = 'open' order by a.position desc limit 1 for update of w`,
    [process],
  );
  return row;
}

/** None of its steps will be undone. @returns how many there were. */
export async function forgetSteps(sql: Sql, process: string): Promise<number> {
  const rows = await sql.query(
    `update nave.wait set state = 'cancelled', closed_at = now() where process = $1 and kind = 'undo' and state = 'open'
     returning 1`,
    [process],
  );
  return rows.length;
}
