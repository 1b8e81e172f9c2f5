import type { Sql } from "./database.ts";

/** What keeps a system from being read or written just now. */
export type SystemState = {
  system: string;
  pausedBy: string | null;
  readOnly: boolean;
  shadowMode: boolean;
  recoverySince: Date | null;
  failures: number;
  retryAt: Date | null;
  lastError: string | null;
  lastOkAt: Date | null;
  clockSkewMs: number | null;
  generation: string | null;
};

const COLUMNS = `system, paused_by as "pausedBy", read_only as "readOnly", shadow_mode as "shadowMode",
  recovery_since as "recoverySince", failures, retry_at as "retryAt", last_error as "lastError", last_ok_at as "lastOkAt",
  clock_skew_ms as "clockSkewMs", generation`;

export async function ensureSystems(
  sql: Sql,
  systems: readonly { name: string; shadowMode: boolean }[],
): Promise<void> {
  for (const { name, shadowMode } of systems) {
    await sql.query(
      "insert into nave.system_state (system, shadow_mode) values ($1, $2) on conflict (system) do nothing",
      [name, shadowMode],
    );
  }
}

export async function selectSystemStates(sql: Sql): Promise<SystemState[]> {
  return sql.query<SystemState>(`select ${COLUMNS} from nave.system_state order by system`);
}

export async function pauseSystem(sql: Sql, system: string, by: string | null): Promise<boolean> {
  const rows = await sql.query("update nave.system_state set paused_by = $2 where system = $1 returning 1", [
    system,
    by,
  ]);
  return rows.length > 0;
}

export async function setReadOnly(sql: Sql, system: string, on: boolean): Promise<void> {
  await sql.query("update nave.system_state set read_only = $2 where system = $1", [system, on]);
}

export async function setShadowMode(sql: Sql, system: string, on: boolean): Promise<void> {
  await sql.query("update nave.system_state set shadow_mode = $2 where system = $1", [system, on]);
}

export async function startRecovery(sql: Sql, system: string): Promise<void> {
  await sql.query("update nave.system_state set recovery_since = now() where system = $1", [system]);
}

export async function endRecovery(sql: Sql, system: string): Promise<void> {
  await sql.query("update nave.system_state set recovery_since = null where system = $1", [system]);
}

/** Opens the circuit: nothing is asked of the system until `retryAfterMs` has passed. */
export async function openCircuit(
  sql: Sql,
  system: string,
  retryAfterMs: number,
  error: string,
): Promise<void> {
  await sql.query(
    `update nave.system_state set failures = failures + 1, retry_at = now() + $2::int * interval '1 millisecond',
       last_error = $3 where system = $1`,
    [system, Math.round(retryAfterMs), error],
  );
}

export async function closeCircuit(sql: Sql, system: string): Promise<void> {
  await sql.query(
    `update nave.system_state set failures = 0, retry_at = null, last_error = null, last_ok_at = now()
     where system = $1`,
    [system],
  );
}

/** Notes the measured clock and the database's identity. @returns the identity as it was known before. */
export async function recordHealth(
  sql: Sql,
  system: string,
  skewMs: number,
  generation: string | null,
): Promise<string | null> {
  const [row] = await sql.query<{ before: string | null }>(
    `update nave.system_state s set clock_skew_ms = $2, generation = coalesce($3, s.generation)
     from (select generation as before from nave.system_state where system = $1 for update) old
     where s.system = $1 returning old.before`,
    [system, Math.round(skewMs), generation],
  );
  return row?.before ?? null;
}
