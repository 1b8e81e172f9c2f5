import type { PoolConfig } from "pg";
import { Pool } from "pg";
import type { Log } from "../adapter-kit/contract.ts";
import { NaveError } from "../errors.ts";
import type { Database } from "./database.ts";
import { PoolDatabase } from "./pool-database.ts";
import { startUpkeep } from "./upkeep.ts";
import { valueParsers } from "./value-parsers.ts";

const SESSION_SETTINGS = "-c search_path=nave,public -c timezone=UTC -c datestyle=ISO";

const IDLE_IN_TRANSACTION_MS = 5000;
/** A connection that has gone silent is given up, even where the kernel finds nothing wrong with it. */
const ANSWER_WITHIN_MS = 120_000;
const MIN_SERVER_VERSION = 150_000;

export type PostgresOptions = {
  url: string;
  log?: Log | undefined;
  /** Most connections at a time. */
  maxConnections?: number;
  /** How long a statement with parameters may take; those without, which work through whole tables, have ten minutes. */
  answerWithinMs?: number;
};

/** Opens a pool on PostgreSQL 15 or later; refuses an older server, and fails when none answers. */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const database = new PoolDatabase(new Pool(poolConfig(options)), {
    engine: "postgres",
    log: options.log,
    answerWithinMs: options.answerWithinMs ?? ANSWER_WITHIN_MS,
    onClosing: () => upkeep.stop(),
  });
  const upkeep = startUpkeep(database, options.log);
  try {
    await checkVersion(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

function poolConfig(options: PostgresOptions): PoolConfig {
  return {
    connectionString: options.url,
    application_name: "nave",
    options: SESSION_SETTINGS,
    types: valueParsers,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: 30_000,
    idleTimeoutMillis: 60_000,
    // A peer that vanished without a word is noticed by the kernel's probes, not by waiting for an answer.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    query_timeout: 10 * 60_000,
    // A process that is stopped in mid-transaction must not keep the others from its rows.
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
  };
}

async function checkVersion(database: Database): Promise<void> {
  const [row] = await database.query<{ number: number; version: string }>(
    "select current_setting('server_version_num')::int as number, current_setting('server_version') as version",
  );
  if (row !== undefined && row.number >= MIN_SERVER_VERSION) return;
  throw new NaveError("NAVE_CONFIG_INVALID", `DATABASE_URL: PostgreSQL ${row?.version} is too old`, {
    field: "DATABASE_URL",
    accepts: "PostgreSQL 15 or later",
  });
}
