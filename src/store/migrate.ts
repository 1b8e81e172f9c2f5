import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { NaveError } from "../errors.ts";
import type { Database, Sql } from "./database.ts";

const MIGRATIONS_DIRECTORY = fileURLToPath(new URL("./migrations/", import.meta.url));

/** Any number nobody else in this database uses: "nave" in ASCII. */
const LOCK_KEY = 0x6e_61_76_65;
const FILE_NAME = /^(\d{4})-[a-z0-9-]+\.sql$/;

export type MigrationResult = {
  /** Names of the migrations this call applied. */
  applied: string[];
  /** Number of the last migration in the database. */
  version: number;
};

type Migration = { number: number; name: string; checksum: string; text: string };
type AppliedMigration = Omit<Migration, "text">;

/**
 * Brings schema `nave` up to date: the numbered files of the directory, in order, each in one transaction with its
 * record. Safe to call from several processes at once. Numbers may be left out: changes that are made side by side are
 * numbered before they meet.
 *
 * Refuses, before anything is changed, a database that a newer program has migrated, and one whose applied migrations
 * are not the ones on disk.
 *
 * @param upTo  The last number to apply; for a store of an older version that is to be filled before it goes on.
 */
export async function migrate(
  database: Database,
  directory = MIGRATIONS_DIRECTORY,
  upTo = Number.POSITIVE_INFINITY,
): Promise<MigrationResult> {
  const migrations = await readMigrations(directory);
  const applied: string[] = [];
  let remaining = true;
  while (remaining) {
    const name = await database.transaction((sql) => applyNext(sql, migrations, upTo));
    if (name !== undefined) applied.push(name);
    remaining = name !== undefined;
  }
  return { applied, version: migrations.findLast(({ number }) => number <= upTo)?.number ?? 0 };
}

/** Applies the first migration that is missing and answers its name; undefined when none is. */
async function applyNext(
  sql: Sql,
  migrations: readonly Migration[],
  upTo: number,
): Promise<string | undefined> {
  await sql.query("select pg_advisory_xact_lock($1)", [LOCK_KEY]);
  await createMigrationTable(sql);
  const applied = await selectAppliedMigrations(sql);
  checkHistory(applied, migrations);
  const next = migrations[applied.length];
  if (next === undefined || next.number > upTo) return undefined;
  await sql.query(next.text);
  await insertMigration(sql, next);
  return next.name;
}

async function createMigrationTable(sql: Sql): Promise<void> {
  const [row] = await sql.query(
    "select 1 from pg_tables where schemaname = 'nave' and tablename = 'migration'",
  );
  if (row !== undefined) return;
  await sql.query("create schema if not exists nave");
  await sql.query(
    `create table nave.migration (
       number     integer primary key,
       name       text not null,
       checksum   text not null,
       applied_at timestamptz not null default now()
     )`,
  );
}

export async function selectAppliedMigrations(sql: Sql): Promise<AppliedMigration[]> {
  return sql.query<AppliedMigration>("select number, name, checksum from nave.migration order by number");
}

async function insertMigration(sql: Sql, migration: Migration): Promise<void> {
  await sql.query("insert into nave.migration (number, name, checksum) values ($1, $2, $3)", [
    migration.number,
    migration.name,
    migration.checksum,
  ]);
}

/** What is applied must be the beginning of what is on disk, byte for byte. */
function checkHistory(applied: readonly AppliedMigration[], migrations: readonly Migration[]): void {
  const newest = applied.at(-1);
  const last = migrations.at(-1)?.number ?? 0;
  if (newest !== undefined && newest.number > last) {
    refuse(
      `the database is at migration ${newest.name}, this program knows migrations up to ${last} only`,
      "this version of the program or a later one; going back is not possible, restore a backup instead",
    );
  }
  for (const [index, row] of applied.entries()) {
    const migration = migrations[index];
    if (migration !== undefined && migration.number < row.number) {
      refuse(
        `migration ${migration.name} comes too late: ${row.name} has been applied without it`,
        "a number behind those that are applied",
      );
    }
    if (migration?.number !== row.number)
      refuse(`applied migration ${row.name} is missing on disk`, "its file, unchanged");
    if (migration?.checksum !== row.checksum) {
      refuse(
        `migration ${row.name} was changed after it was applied`,
        "its file, unchanged; changes go into a new migration",
      );
    }
  }
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".sql")).sort();
  const migrations = await Promise.all(names.map((name) => readMigration(directory, name)));
  for (const [index, migration] of migrations.entries()) {
    if (migration.number === migrations[index - 1]?.number)
      refuse(`migration ${migration.name} has the number of another`, "each number once");
  }
  return migrations;
}

async function readMigration(directory: string, name: string): Promise<Migration> {
  const number = Number(FILE_NAME.exec(name)?.[1]);
  if (Number.isNaN(number)) refuse(`migration ${name} has no valid name`, "NNNN-name.sql, in lower case");
  const text = (await readFile(path.join(directory, name), "utf8")).replaceAll("\r\n", "\n");
  return { number, name, text, checksum: createHash("sha256").update(text).digest("hex") };
}

function refuse(text: string, accepts: string): never {
  throw new NaveError("NAVE_CONFIG_INVALID", text, { field: "migrations", accepts });
}
