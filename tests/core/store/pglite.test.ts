import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Database } from "../../../src/store/database.ts";
import { openDatabase } from "../../../src/store/open-database.ts";
import { keepUp } from "../../../src/store/upkeep.ts";
import { until } from "../../services/until.ts";
import { databaseContract } from "./database-contract.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

databaseContract("the embedded database", {
  async open() {
    return { database: await openDatabase({ dataDir: "memory://" }), remove: async () => {} };
  },
});

describe("the embedded database", () => {
  let dataDir: string;
  const open: Database[] = [];
  const children: ChildProcess[] = [];

  async function openHere(): Promise<Database> {
    const database = await openDatabase({ dataDir });
    open.push(database);
    return database;
  }

  /** Another process that opens the same directory, writes a row and keeps it open. */
  async function openElsewhere(): Promise<ChildProcess> {
    const script = `
      import { openDatabase } from ${JSON.stringify(new URL("../../../src/store/open-database.ts", import.meta.url).href)};
      const database = await openDatabase({ dataDir: process.argv[1] });
      await database.query("create table if not exists kept (n integer)");
      await database.query("insert into kept values (1)");
      process.stdout.write("ready");
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script, dataDir], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    await once(child.stdout, "data");
    return child;
  }

  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), "nave-store-test-"));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    for (const database of open.splice(0)) await database.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  test("keeps what was written when it is opened again, and leaves no lock behind", async () => {
    const first = await openHere();
    await first.query("create table kept (n integer)");
    await first.query("insert into kept values (1)");
    await first.close();
    expect(await readdir(dataDir)).toEqual(["pglite"]);
    expect(await (await openHere()).query("select n from kept")).toEqual([{ n: 1 }]);
  });

  test("refuses a directory a living process uses, naming that process", async () => {
    const child = await openElsewhere();
    await expect(openDatabase({ dataDir })).rejects.toMatchObject({
      code: "NAVE_CONFIG_INVALID",
      message: expect.stringContaining(`process ${child.pid}`),
    });
  });

  test("takes over from a process that was killed, with everything it had been told was written", async () => {
    const child = await openElsewhere();
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await (await openHere()).query("select n from kept")).toEqual([{ n: 1 }]);
  });

  test("starts its engine again when that died in a query, with everything it had been told was written", async () => {
    const started = once(process, "worker") as Promise<[Worker]>;
    const database = await openHere();
    const [engine] = await started;
    await database.query("create table kept (n integer)");
    await database.query("insert into kept values (1)");
    const lost = database.query("select pg_sleep(30)").catch((error: { code: string }) => error.code);
    await engine.terminate();
    expect(await lost).toBe("NAVE_HUB_UNAVAILABLE");
    expect(await database.query("select n from kept")).toEqual([{ n: 1 }]);
  });

  test("starts its engine again when that died between queries", async () => {
    const started = once(process, "worker") as Promise<[Worker]>;
    const database = await openHere();
    const [engine] = await started;
    await engine.terminate();
    await until("queries work", () =>
      database.query("select 1").then(
        () => true,
        () => false,
      ),
    );
  });

  test("clears dead rows and renews statistics of tables that changed much", async () => {
    const database = await openHere();
    await database.query("create table busy as select n, 'a' as v from generate_series(1, 5000) n");
    await database.query("create table quiet as select n from generate_series(1, 10) n");
    await database.query("update busy set v = 'b'");
    await until("the statistics know", async () => (await keepUp(database)).includes("public.busy"));
    const [row] = await database.query(
      "select n_dead_tup as dead, last_vacuum is not null as done from pg_stat_user_tables where relname = 'busy'",
    );
    expect(row).toEqual({ dead: 0, done: true });
    expect(await keepUp(database)).toEqual([]);
  });

  test("keeps its write-ahead log short", async () => {
    const database = await openHere();
    await database.query(
      "create table big as select repeat(md5(n::text), 40) as v from generate_series(1, 60000) n",
    );
    await keepUp(database);
    const [row] = await database.query<{ bytes: string }>(
      "select pg_current_wal_lsn() - redo_lsn as bytes from pg_control_checkpoint()",
    );
    expect(Number(row?.bytes)).toBeLessThan(1_000_000);
  });
});
