import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { NaveError } from "../errors.ts";
import type { Database, Sql } from "./database.ts";
import { DEAD_AFTER_MS } from "./workers.ts";

const MIGRATIONS_DIRECTORY = fileURLToPath(new URL("./migrations/", import.meta.url));

/** Any number nobody else in this database uses: "nave" in ASCII. */
const LOCK_KEY = 0x6e_61_76_65;
/** In front of a file that is not applied while processes of an older version work on the store. */
const ALONE = /^-- alone: \S.{9,}$/m;
/** What has just been stopped still counts as alive for a moment. */
const OTHERS_END_MS = 10_000;
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
 * @param options.upTo         The last number to apply; for a store of an older version that is to be filled before it goes on.
 * @param options.othersEndMs  How long other processes have to end, where a migration needs the store to itself.
 */
export async function migrate(
  database: Database,
  directory = MIGRATIONS_DIRECTORY,
  { upTo = Number.POSITIVE_INFINITY, othersEndMs = OTHERS_END_MS } = {},
): Promise<MigrationResult> {
  const known = await readMigrations(directory);
  const migrations = known.filter(({ number }) => number <= upTo);
  const applied: string[] = [];
  const deadline = performance.now() + othersEndMs;
  for (;;) {
    const step = await database.transaction((sql) => applyNext(sql, migrations, known));
    if (step === undefined) return { applied, version: migrations.at(-1)?.number ?? 0 };
    if (typeof step === "string") applied.push(step);
    else if (performance.now() < deadline) await sleep(250);
    else refuseBeside(step.name, step.others);
  }
}

type Waits = { name: string; others: string[] };

/** Applies the first migration that is missing and answers its name; undefined when none is. */
async function applyNext(
  sql: Sql,
  migrations: readonly Migration[],
  known: readonly Migration[],
): Promise<string | Waits | undefined> {
  await sql.query("select pg_advisory_xact_lock($1)", [LOCK_KEY]);
  await createMigrationTable(sql);
  const applied = await selectAppliedMigrations(sql);
  checkHistory(applied, known);
  const next = migrations[applied.length];
  if (next === undefined) return undefined;
  const others = ALONE.test(next.text) ? await selectAlive(sql) : [];
  if (others.length > 0) return { name: next.name, others };
  await sql.query(next.text);
  await insertMigration(sql, next);
  return next.name;
}

/** Processes that work on this store; they are of an older version, for its newest migration is missing. */
async function selectAlive(sql: Sql): Promise<string[]> {
  const [table] = await sql.query(
    "select 1 from pg_tables where schemaname = 'nave' and tablename = 'worker'",
  );
  if (table === undefined) return [];
  const rows = await sql.query<{ id: string }>(
    "select id from nave.worker where seen_at > now() - $1::int * interval '1 millisecond' order by id",
    [DEAD_AFTER_MS],
  );
  return rows.map(({ id }) => id);
}

function refuseBeside(name: string, others: readonly string[]): never {
  refuse(
    `migration ${name} needs the store to itself, and older processes work on it: ${others.join(", ")}`,
    "a store whose processes have all been stopped",
  );
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
