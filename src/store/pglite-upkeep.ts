import type { Log } from "../adapter-kit/contract.ts";
import type { Database } from "./database.ts";

const INTERVAL_MS = 5000;
const MIN_CHANGED_ROWS = 400;
const MAX_LOG_BYTES = 64 * 1024 * 1024;

/**
 * Does what PostgreSQL's background processes do and PGlite has nobody for: clears dead rows, renews the planner's
 * statistics, and writes checkpoints, without which the write-ahead log grows until the hub stops.
 */
export function startUpkeep(database: Database, log?: Log): { stop(): void } {
  const stopping = new AbortController();
  const timer = setInterval(() => {
    keepUp(database, stopping.signal).catch((error: unknown) => {
      if (!stopping.signal.aborted) log?.warn({ err: error }, "upkeep of the embedded database failed");
    });
  }, INTERVAL_MS);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      stopping.abort();
    },
  };
}

/**
 * One round: a table at a time, so that other queries take their turns between. It ends with its present step when the
 * database is about to be closed.
 */
export async function keepUp(database: Database, stopping?: AbortSignal): Promise<string[]> {
  const due = await selectTablesDue(database);
  for (const table of due) {
    if (stopping?.aborted) return due;
    await database.query(`vacuum (analyze) ${table}`);
  }
  if (!stopping?.aborted) await checkpointWhenDue(database, stopping);
  return due;
}

/** Tables of which at least a fifth, and not just a handful of rows, has changed since the last time. */
async function selectTablesDue(database: Database): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    `select format('%I.%I', schemaname, relname) as name
       from pg_stat_user_tables
      where greatest(n_dead_tup, n_mod_since_analyze, n_ins_since_vacuum / 2) > $1 + n_live_tup / 5
      order by n_dead_tup desc`,
    [MIN_CHANGED_ROWS],
  );
  return rows.map((row) => row.name);
}

async function checkpointWhenDue(database: Database, stopping: AbortSignal | undefined): Promise<void> {
  const [row] = await database.query<{ bytes: string }>(
    "select pg_current_wal_lsn() - redo_lsn as bytes from pg_control_checkpoint()",
  );
  if (Number(row?.bytes) > MAX_LOG_BYTES && !stopping?.aborted) await database.query("checkpoint");
}
