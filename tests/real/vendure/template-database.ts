import { Client } from "pg";
import { databaseServerUrl } from "../../services/postgres.ts";
import { testName } from "../../services/test-name.ts";

const LOCK = 0x7665_6e64; // "vend"

/**
 * A database of its own, copied in a moment from a template that the first caller on a server makes; others wait for it.
 *
 * @param version Of what the template holds: another version makes another template, and drops the old ones.
 * @param fill    Fills the empty template and leaves no connection to it.
 */
export async function copyOfTemplate(
  version: string,
  fill: (url: string) => Promise<void>,
): Promise<{ url: string; drop: () => Promise<void> }> {
  const template = `nave_template_${version.replaceAll(/\W/g, "_")}`;
  const name = testName();
  await onServer(async (sql) => {
    await sql.query("select pg_advisory_lock($1)", [LOCK]);
    const { rows } = await sql.query("select from pg_database where datname = $1", [template]);
    if (rows.length === 0) await makeTemplate(sql, template, fill);
    await sql.query(`create database ${name} template ${template}`);
  });
  return {
    url: urlOf(name),
    drop: () =>
      onServer(async (sql) => void (await sql.query(`drop database if exists ${name} with (force)`))),
  };
}

/** Under another name until it is complete; what is cut off goes with the other leftovers of test runs. */
async function makeTemplate(
  sql: Client,
  template: string,
  fill: (url: string) => Promise<void>,
): Promise<void> {
  const { rows } = await sql.query<{ datname: string }>(
    "select datname from pg_database where datname like 'nave_template_%'",
  );
  for (const { datname } of rows) await sql.query(`drop database ${datname} with (force)`);
  const name = testName();
  await sql.query(`create database ${name}`);
  await fill(urlOf(name));
  await sql.query(`alter database ${name} rename to ${template}`);
}

async function onServer(work: (sql: Client) => Promise<void>): Promise<void> {
  const sql = new Client({ connectionString: databaseServerUrl() });
  await sql.connect();
  try {
    await work(sql);
  } finally {
    await sql.end();
  }
}

function urlOf(database: string): string {
  const url = new URL(databaseServerUrl());
  url.pathname = `/${database}`;
  return url.href;
}
