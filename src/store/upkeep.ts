import type { Log } from "../adapter-kit/contract.ts";
import type { Database } from "./database.ts";
import { isDatabaseLost } from "./database-errors.ts";

const INTERVAL_MS = 5000;
const MIN_CHANGED_ROWS = 400;
const MAX_LOG_BYTES = 64 * 1024 * 1024;

/**
 * Keeps the planner's statistics up with the tables: a first load fills them faster than PostgreSQL's own autovacuum comes
 * round, and until then whole tables are read for single rows. In PGlite, which has no background processes, and where
 * autovacuum is switched off it clears dead rows too; in PGlite it also writes checkpoints, without which the write-ahead log
 * grows until the hub stops.
 */
export function startUpkeep(database: Database, log?: Log): { stop(): void } {
  const stopping = new AbortController();
  const timer = setInterval(() => {
    keepUp(database, stopping.signal).catch((error: unknown) => {
      // A database that is away is reported by whoever works with it.
      if (stopping.signal.aborted || isDatabaseLost(error)) return;
      log?.warn({ err: error }, "upkeep of the database failed");
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
 *
 * @returns the tables that were due.
 */
export async function keepUp(database: Database, stopping?: AbortSignal): Promise<string[]> {
  const due = await selectTablesDue(database);
  // What another hub on the same store is at is left to it.
  for (const { name, clears } of due) {
    if (stopping?.aborted) break;
    await database.query(clears ? `vacuum (analyze, skip_locked) ${name}` : `analyze (skip_locked) ${name}`);
  }
  if (database.engine === "pglite" && !stopping?.aborted) await checkpointWhenDue(database, stopping);
  return due.map(({ name }) => name);
}

/** Tables in which half as many rows as there are, and more than a handful, have changed since the last time. On a server, only the hub's. */
async function selectTablesDue(database: Database): Promise<{ name: string; clears: boolean }[]> {
  return database.query<{ name: string; clears: boolean }>(
    `select format('%I.%I', schemaname, relname) as name, clears
       from pg_stat_user_tables, (select $2::text = 'pglite' or current_setting('autovacuum') = 'off' as clears) how
      where greatest(n_mod_since_analyze, case when clears then greatest(n_dead_tup, n_ins_since_vacuum / 2) else 0 end)
            > $1 + n_live_tup / 2
        and ($2::text = 'pglite' or schemaname = 'nave')
      order by n_dead_tup desc`,
    [MIN_CHANGED_ROWS, database.engine],
  );
}

async function checkpointWhenDue(database: Database, stopping: AbortSignal | undefined): Promise<void> {
  const [row] = await database.query<{ bytes: string }>(
    "select pg_current_wal_lsn() - redo_lsn as bytes from pg_control_checkpoint()",
  );
  if (Number(row?.bytes) > MAX_LOG_BYTES && !stopping?.aborted) await database.query("checkpoint");
}
