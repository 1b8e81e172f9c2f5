import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Database } from "../../../src/store/database.ts";
import { exportStore, importStore } from "../../../src/store/export-import.ts";
import { migrate } from "../../../src/store/migrate.ts";
import { openDatabase } from "../../../src/store/open-database.ts";
import { freshDatabase } from "../../services/postgres.ts";

/** Every type the hub uses, keys that depend on each other against the alphabet, and what is generated. */
const SCHEMA = `
  create table nave.z_parent (id uuid primary key, name text not null);
  create table nave.a_child (
    id bigint generated always as identity primary key,
    parent uuid references nave.z_parent,
    doc jsonb, amount numeric(20, 6), at timestamptz, day date, flags boolean, f double precision,
    list text[], numbers integer[], raw bytea,
    upper_list text generated always as (upper(list[1])) stored
  );
  create table nave."Odd name" ("Odd column" text, "order" integer);
  create sequence nave.counter;
`;

const PARENT = "5f3c0f7e-0000-4000-8000-000000000001";

describe("export and import", () => {
  let directory: string;
  let embedded: Database;
  let postgres: Database;
  const closers: (() => Promise<void>)[] = [];

  async function openEmbedded(): Promise<Database> {
    const database = await openDatabase({ dataDir: "memory://" });
    closers.push(() => database.close());
    await migrate(database, directory);
    return database;
  }

  async function openPostgres(): Promise<Database> {
    const fresh = await freshDatabase();
    const database = await openDatabase({ url: fresh.url, dataDir: "unused" });
    closers.push(() => database.close().then(fresh.drop));
    await migrate(database, directory);
    return database;
  }

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "nave-migrations-"));
    await writeFile(path.join(directory, "0001-schema.sql"), SCHEMA);
    embedded = await openEmbedded();
    postgres = await openPostgres();
  });
  beforeEach(async () => {
    for (const database of [embedded, postgres]) await empty(database);
  });
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
    await rm(directory, { recursive: true, force: true });
  });

  test("carry everything from the embedded database to PostgreSQL", async () => {
    await fill(embedded);
    await carry(embedded, postgres);
    expect(await contents(postgres)).toEqual(await contents(embedded));
  });

  test("carry everything from PostgreSQL to the embedded database", async () => {
    await fill(postgres);
    await carry(postgres, embedded);
    expect(await contents(embedded)).toEqual(await contents(postgres));
  });

  test("give a file that exports to the same bytes again", async () => {
    await fill(embedded);
    const file = await exported(embedded);
    await importStore(postgres, Readable.from([file]));
    expect(withoutTime(await exported(postgres))).toBe(withoutTime(file));
  });

  test("go on numbering where the source was", async () => {
    await fill(embedded);
    await carry(embedded, postgres);
    const [next] = await postgres.query("select nextval('nave.counter') as n");
    expect(next).toEqual({ n: 43 });
    const [row] = await postgres.query<{ id: number }>(
      "insert into nave.a_child (doc) values ('{}') returning id",
    );
    expect(row?.id).toBe(1_001);
  });

  test("show one moment, though rows are written meanwhile", async () => {
    await fill(postgres);
    const target = new PassThrough({ highWaterMark: 1 });
    const exporting = exportStore(postgres, target);
    await new Promise((resolve) => target.once("readable", resolve));
    await postgres.query("insert into nave.a_child (doc) select '{}' from generate_series(1, 500)");
    await postgres.query(`delete from nave."Odd name"`);
    const file = await text(target);
    expect(await exporting).toMatchObject({ rows: 1_002 });
    expect(file.split("\n").filter((line) => line.startsWith("["))).toHaveLength(1_002);
  });

  test("refuse a database that holds something", async () => {
    await fill(embedded);
    const file = await exported(embedded);
    await postgres.query(`insert into nave."Odd name" values ('in the way', 1)`);
    await expect(importStore(postgres, Readable.from([file]))).rejects.toThrow(
      /empty database, table Odd name/,
    );
  });

  test("refuse a file of other migrations", async () => {
    const file = await exported(embedded);
    const other = file.replace("0001-schema.sql", "0001-other.sql");
    await expect(importStore(postgres, Readable.from([other]))).rejects.toThrow(
      /made at migration 0001-other.sql/,
    );
  });

  test("refuse a file that is cut off anywhere, and leave the database empty", async () => {
    await fill(embedded);
    const file = await exported(embedded);
    for (const share of [0.1, 0.5, 0.99]) {
      const cut = file.slice(0, Math.floor(file.length * share));
      await expect(importStore(postgres, Readable.from([cut]))).rejects.toMatchObject({
        code: "NAVE_REQUEST_INVALID",
      });
    }
    const whole = file.split("\n").filter((line, index) => !(line.startsWith("[") && index % 7 === 0));
    await expect(importStore(postgres, Readable.from([whole.join("\n")]))).rejects.toThrow(
      /rows where its last line names/,
    );
    expect(await contents(postgres)).toMatchObject({ parents: [], odd: [], children: [] });
  });

  test("refuse what is no export", async () => {
    for (const file of [
      "",
      "{}\n",
      "hello\n",
      "7\n",
      '["a"]\n',
      '{"nave":"store","format":99,"migrations":[]}\n',
    ]) {
      await expect(importStore(postgres, Readable.from([file]))).rejects.toMatchObject({
        code: "NAVE_REQUEST_INVALID",
      });
    }
  });
});

async function fill(database: Database): Promise<void> {
  await database.query("insert into nave.z_parent values ($1, $2)", [
    PARENT,
    'a "name", with\nlines and ü 名',
  ]);
  await database.query(
    `insert into nave.a_child (parent, doc, amount, at, day, flags, f, list, numbers, raw)
     select case when n % 3 = 0 then $1::uuid end, case n % 4 when 0 then 'null'::jsonb when 1 then jsonb_build_object('n', n, 'big', 12345678901234567890.5) end,
            n * 1.1, '2026-11-22T10:15:30.123456Z'::timestamptz + n * interval '1 hour', '2026-02-28'::date + n, n % 2 = 0, n / 3.0,
            array['x', null, '"', n::text], array[n, -n], decode(md5(n::text), 'hex')
       from generate_series(1, 1000) n`,
    [PARENT],
  );
  await database.query(`insert into nave."Odd name" values ('', 1)`);
  await database.query("select setval('nave.counter', 42)");
}

async function empty(database: Database): Promise<void> {
  await database.query(`truncate nave.a_child, nave.z_parent, nave."Odd name" restart identity`);
  await database.query("alter sequence nave.counter restart");
}

/** As text, so that microseconds and digits count. */
async function contents(database: Database): Promise<Record<string, unknown>> {
  return {
    parents: await database.query("select p::text from nave.z_parent p order by id"),
    children: await database.query("select c::text from nave.a_child c order by id"),
    odd: await database.query(`select o::text from nave."Odd name" o`),
  };
}

async function exported(database: Database): Promise<string> {
  const target = new PassThrough();
  const [, file] = await Promise.all([exportStore(database, target), text(target)]);
  return file;
}

async function carry(source: Database, target: Database): Promise<void> {
  const stream = new PassThrough();
  const [sent, received] = await Promise.all([exportStore(source, stream), importStore(target, stream)]);
  expect(received).toEqual(sent);
}

function withoutTime(file: string): string {
  return file.replace(/"exportedAt":"[^"]*"/, "");
}
