import { Client } from "pg";
import { isLeftover, testName } from "./test-name.ts";

/** The server tests make their databases on; `DATABASE_URL_TEST`, else the Debian package's on this machine. */
export function databaseServerUrl(): string {
  return process.env["DATABASE_URL_TEST"] ?? "postgres://postgres@127.0.0.1:5432/postgres";
}

/** An empty database of its own for a test file; `drop` ends whatever is still connected to it. */
export async function freshDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = testName();
  await execute(`create database ${name}`);
  const url = new URL(databaseServerUrl());
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => execute(`drop database if exists ${name} with (force)`) };
}

/** Drops databases that test runs left behind when they were killed, and that nobody is connected to. */
export async function dropLeftoverDatabases(): Promise<number> {
  const client = new Client({ connectionString: databaseServerUrl() });
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>(
      `select datname from pg_database d where datname like 'nave_test_%'
         and not exists (select 1 from pg_stat_activity a where a.datname = d.datname)`,
    );
    const leftovers = rows.map((row) => row.datname).filter(isLeftover);
    for (const name of leftovers) await client.query(`drop database if exists ${name}`);
    return leftovers.length;
  } finally {
    await client.end();
  }
}

async function execute(text: string): Promise<void> {
  const client = new Client({ connectionString: databaseServerUrl() });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
