import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { transactTogether } from "../../../src/store/batching.ts";
import type { Database } from "../../../src/store/database.ts";
import { openDatabase } from "../../../src/store/open-database.ts";
import { openPostgres } from "../../../src/store/postgres.ts";
import { keepUp } from "../../../src/store/upkeep.ts";
import { keptLog } from "../../services/kept-log.ts";
import { freshDatabase } from "../../services/postgres.ts";
import { TcpProxy } from "../../services/tcp-proxy.ts";
import { until } from "../../services/until.ts";
import { databaseContract } from "./database-contract.ts";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

databaseContract("PostgreSQL", {
  async open() {
    const fresh = await freshDatabase();
    return { database: await openDatabase({ url: fresh.url, dataDir: "unused" }), remove: fresh.drop };
  },
});

/** A message of PostgreSQL's protocol. */
function protocol(type: string, body: Buffer | string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(Buffer.byteLength(body) + 4);
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body)]);
}

const READY_AND_GONE = Buffer.concat([
  protocol("R", Buffer.alloc(4)),
  protocol("Z", "I"),
  protocol("E", "SFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0"),
]);

describe("PostgreSQL", () => {
  let proxy: TcpProxy;
  let url: string;
  let database: Database;
  let drop: () => Promise<void>;
  const { log, lines } = keptLog();

  beforeAll(async () => {
    const fresh = await freshDatabase();
    drop = fresh.drop;
    const relayed = await TcpProxy.before(fresh.url, 5432);
    proxy = relayed.proxy;
    url = relayed.url;
    database = await openDatabase({ url: relayed.url, dataDir: "unused", log });
    await database.query("create table row (n integer)");
  });
  afterAll(async () => {
    await database.close();
    await proxy.stop();
    await drop();
  });

  test("renews the statistics of the hub's tables that changed much, and leaves others alone", async () => {
    await database.query("create schema if not exists nave");
    for (const name of ["nave.filled", "public.another"])
      await database.query(`create table ${name} as select n from generate_series(1, 5000) n`);
    const analysed = () =>
      database.query<{ name: string }>(
        "select relname as name from pg_stat_user_tables where last_analyze is not null",
      );
    await until("it has come round", async () => {
      expect(await keepUp(database)).not.toContain("public.another");
      return (await analysed()).length > 0;
    });
    expect(await analysed()).toEqual([{ name: "filled" }]);
    await until("it has nothing left to do", async () => (await keepUp(database)).length === 0);
  });

  test("a connection lost in a query rejects as unavailable, and the next query has a new one", async () => {
    const waiting = database.query("select pg_sleep(20)").catch((error: { code: string }) => error.code);
    await until("the query runs", async () => (await countSleeping(database)) === 1);
    proxy.cut();
    expect(await waiting).toBe("NAVE_HUB_UNAVAILABLE");
    await until("queries work", () => works(database));
  });

  test("a connection that has gone silent is given up, and the next query has a new one", async () => {
    const impatient = await openPostgres({ url, answerWithinMs: 300 });
    await impatient.query("select $1::int", [1]);
    proxy.silence(true);
    await expect(impatient.query("select $1::int", [2])).rejects.toMatchObject({
      code: "NAVE_HUB_UNAVAILABLE",
    });
    proxy.silence(false);
    await until("queries work", () => works(impatient));
    await impatient.close();
    await until("queries work", () => works(database));
  });

  test("a connection lost in a transaction rolls it back and rejects as unavailable", async () => {
    const lost = database.transaction(async (sql) => {
      await sql.query("insert into row values (1)");
      proxy.cut();
      await sql.query("insert into row values (2)");
    });
    await expect(lost).rejects.toMatchObject({ code: "NAVE_HUB_UNAVAILABLE" });
    await until("queries work", () => works(database));
    expect(await database.query("select count(*) as n from row")).toEqual([{ n: 0 }]);
  });

  test("a connection lost under a group fails the group at once: its members do not wait for the database one by one", async () => {
    let tries = 0;
    const results = await transactTogether(database, [1, 2, 3], async (sql, n) => {
      tries += 1;
      await sql.query("insert into row values ($1)", [n]);
      if (n === 1) proxy.cut();
      await sql.query("select 1");
    });
    expect(results.map((result) => result.status === "rejected" && result.reason.code)).toEqual(
      Array.from({ length: 3 }, () => "NAVE_HUB_UNAVAILABLE"),
    );
    expect(tries).toBe(3);
    await until("queries work", () => works(database));
    expect(await database.query("select count(*) as n from row")).toEqual([{ n: 0 }]);
  });

  test("idle connections that break do not end the process", async () => {
    await Promise.all(Array.from({ length: 5 }, () => database.query("select 1")));
    proxy.cut();
    await until("queries work", () => works(database));
  });

  test("a lost connection is logged in words, without the client and what its queries carry", async () => {
    await database.query("select $1::text", ["a customer's name"]);
    lines.length = 0;
    proxy.cut();
    await until("the loss is logged", () => lines.length > 0);
    for (const line of lines) expect(line.fields).toEqual({ cause: expect.any(String) });
    await until("queries work", () => works(database));
  });

  test("a connection the server ends is unavailable, too", async () => {
    const ended = database.transaction(async (sql) =>
      sql.query("select pg_terminate_backend(pg_backend_pid())"),
    );
    await expect(ended).rejects.toMatchObject({ code: "NAVE_HUB_UNAVAILABLE" });
    await until("queries work", () => works(database));
  });

  test("a deadlock is run again and both transactions end well", async () => {
    await database.query("create table pair (name text primary key, value integer)");
    await database.query("insert into pair values ('a', 0), ('b', 0)");
    const both = Promise.withResolvers<void>();
    let begun = 0;
    const update = (first: string, second: string) =>
      database.transaction(async (sql) => {
        await sql.query("update pair set value = value + 1 where name = $1", [first]);
        if (++begun === 2) both.resolve();
        await both.promise;
        await sql.query("update pair set value = value + 1 where name = $1", [second]);
      });
    await Promise.all([update("a", "b"), update("b", "a")]);
    expect(begun).toBeGreaterThan(2);
    expect(await database.query("select name, value from pair order by name")).toEqual([
      { name: "a", value: 2 },
      { name: "b", value: 2 },
    ]);
  });

  test("a server that ends a connection in the moment in which it is ready ends no process", async () => {
    const server = createServer((socket) => socket.once("data", () => socket.end(READY_AND_GONE)));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const opening = openPostgres({ url: `postgres://hub@127.0.0.1:${port}/nave` });
    await expect(opening).rejects.toMatchObject({ code: "NAVE_HUB_UNAVAILABLE" });
    server.close();
  });

  test("a server that does not answer is reported without the password", async () => {
    const opening = openDatabase({ url: "postgres://hub:geheim@127.0.0.1:1/nave", dataDir: "unused" });
    await expect(opening).rejects.toMatchObject({
      code: "NAVE_HUB_UNAVAILABLE",
      message: expect.not.stringContaining("geheim"),
    });
  });

  test("an address of another kind is refused", async () => {
    const opening = openDatabase({ url: "mysql://127.0.0.1/nave", dataDir: "unused" });
    await expect(opening).rejects.toMatchObject({ code: "NAVE_CONFIG_INVALID" });
  });
});

async function countSleeping(database: Database): Promise<number> {
  const rows = await database.query(
    "select 1 from pg_stat_activity where datname = current_database() and query like 'select pg_sleep%'",
  );
  return rows.length;
}

async function works(database: Database): Promise<boolean> {
  return database.query("select 1").then(
    () => true,
    () => false,
  );
}
