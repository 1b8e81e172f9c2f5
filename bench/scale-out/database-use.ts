import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";

/** Of one database since it was made: commits, rows inserted, updated and deleted, and its size. */
export type DatabaseUse = { transactions: number; rows: number; bytes: number };

/** How late PostgreSQL's own counters may be: connections report them at most once a second. */
const REPORTED_WITHIN_MS = 1500;

export async function readDatabaseUse(databaseUrl: string): Promise<DatabaseUse> {
  await sleep(REPORTED_WITHIN_MS);
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Record<keyof DatabaseUse, string>>(
      `select xact_commit as transactions, tup_inserted + tup_updated + tup_deleted as rows,
         pg_database_size(datname) as bytes from pg_stat_database where datname = current_database()`,
    );
    const [row] = rows;
    if (!row) throw new Error("the database tells nothing about itself");
    return { transactions: Number(row.transactions), rows: Number(row.rows), bytes: Number(row.bytes) };
  } finally {
    await client.end();
  }
}
