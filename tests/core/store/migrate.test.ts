import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Database } from "../../../src/store/database.ts";
import { migrate } from "../../../src/store/migrate.ts";
import { openDatabase } from "../../../src/store/open-database.ts";
import { freshDatabase } from "../../services/postgres.ts";

const FIRST = { name: "0001-first.sql", text: "create table nave.first (id integer primary key);\n" };
const SECOND = { name: "0002-second.sql", text: "create table nave.second (id integer primary key);\n" };

describe("migrations", () => {
  let directory: string;
  let url: string;
  let drop: () => Promise<void>;
  const open: Database[] = [];

  async function openHere(): Promise<Database> {
    const database = await openDatabase({ url, dataDir: "unused" });
    open.push(database);
    return database;
  }

  async function write(...files: { name: string; text: string }[]): Promise<void> {
    await rm(directory, { recursive: true, force: true });
    directory = await mkdtemp(path.join(tmpdir(), "nave-migrations-"));
    for (const { name, text } of files) await writeFile(path.join(directory, name), text);
  }

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "nave-migrations-"));
    ({ url, drop } = await freshDatabase());
  });
  afterEach(async () => {
    for (const database of open.splice(0)) await database.close();
    await drop();
    await rm(directory, { recursive: true, force: true });
  });

  test("are applied in order, once, and later ones when they appear", async () => {
    const database = await openHere();
    await write(FIRST);
    expect(await migrate(database, directory)).toEqual({ applied: [FIRST.name], version: 1 });
    await write(SECOND, FIRST);
    expect(await migrate(database, directory)).toEqual({ applied: [SECOND.name], version: 2 });
    expect(await migrate(database, directory)).toEqual({ applied: [], version: 2 });
  });

  test("run once when several processes start together", async () => {
    await write(FIRST, SECOND);
    const databases = await Promise.all(Array.from({ length: 4 }, openHere));
    const results = await Promise.all(databases.map((database) => migrate(database, directory)));
    expect(results.flatMap((result) => result.applied).sort()).toEqual([FIRST.name, SECOND.name]);
  });

  test("that need the store to themselves wait for older processes to end, and are refused while these work on", async () => {
    const database = await openHere();
    const alone = {
      name: "0003-alone.sql",
      text: `-- alone: older processes read the second\ndrop table nave.second;\n`,
    };
    const workers = "create table nave.worker (id text primary key, seen_at timestamptz not null);\n";
    await write({ name: FIRST.name, text: FIRST.text + workers }, SECOND);
    await migrate(database, directory);
    await write({ name: FIRST.name, text: FIRST.text + workers }, SECOND, alone);
    await database.query(
      "insert into nave.worker values ('older-1', now() + interval '1 hour'), ('dead', '2026-01-01')",
    );
    await expect(migrate(database, directory, { othersEndMs: 100 })).rejects.toMatchObject({
      code: "NAVE_CONFIG_INVALID",
      message: expect.stringMatching(/0003-alone.sql needs the store to itself, .*: older-1$/),
    });
    expect(await database.query("select * from nave.second")).toEqual([]);
    const migrated = migrate(database, directory);
    await database.query("delete from nave.worker where id = 'older-1'");
    expect((await migrated).applied).toEqual([alone.name]);
  });

  test("leave nothing behind when they fail, and keep those before", async () => {
    const database = await openHere();
    await write(FIRST, { name: SECOND.name, text: `${SECOND.text} select 1/0;` });
    await expect(migrate(database, directory)).rejects.toMatchObject({ code: "22012" });
    expect(await database.query("select to_regclass('nave.second') as t")).toEqual([{ t: null }]);
    await write(FIRST, SECOND);
    expect((await migrate(database, directory)).applied).toEqual([SECOND.name]);
  });

  test("that were changed after they were applied are refused, whatever their line ends", async () => {
    const database = await openHere();
    await write(FIRST);
    await migrate(database, directory);
    await write({ ...FIRST, text: FIRST.text.replaceAll("\n", "\r\n") });
    await migrate(database, directory);
    await write({ ...FIRST, text: `${FIRST.text}-- changed\n` });
    await expect(migrate(database, directory)).rejects.toMatchObject({
      code: "NAVE_CONFIG_INVALID",
      message: expect.stringContaining("0001-first.sql was changed"),
    });
  });

  test("that are applied and missing on disk are refused", async () => {
    const database = await openHere();
    await write(FIRST, SECOND);
    await migrate(database, directory);
    await write(SECOND);
    await expect(migrate(database, directory)).rejects.toMatchObject({ code: "NAVE_CONFIG_INVALID" });
  });

  test("of a newer program are refused: there is no way back", async () => {
    const database = await openHere();
    await write(FIRST, SECOND);
    await migrate(database, directory);
    await write(FIRST);
    await expect(migrate(database, directory)).rejects.toMatchObject({
      code: "NAVE_CONFIG_INVALID",
      message: expect.stringContaining("0002-second.sql"),
      detail: { accepts: expect.stringContaining("a later one") },
    });
  });

  test("may leave numbers out, but one that appears among those applied is refused", async () => {
    const database = await openHere();
    const third = { name: "0003-third.sql", text: "create table nave.third (id integer primary key);\n" };
    await write(FIRST, third);
    expect(await migrate(database, directory)).toEqual({ applied: [FIRST.name, third.name], version: 3 });
    await write(FIRST, SECOND, third);
    await expect(migrate(database, directory)).rejects.toMatchObject({
      code: "NAVE_CONFIG_INVALID",
      message: expect.stringContaining(`${SECOND.name} comes too late`),
    });
  });

  test("with a double number or an odd name are refused", async () => {
    const database = await openHere();
    for (const files of [[FIRST, { ...SECOND, name: "0001-again.sql" }], [{ ...FIRST, name: "first.sql" }]]) {
      await write(...files);
      await expect(migrate(database, directory)).rejects.toMatchObject({ code: "NAVE_CONFIG_INVALID" });
    }
  });

  test("of the hub itself apply to an empty database", async () => {
    const result = await migrate(await openHere());
    expect(Number(result.applied.at(-1)?.slice(0, 4))).toBe(result.version);
    expect(await migrate(await openHere())).toEqual({ applied: [], version: result.version });
  });
});
