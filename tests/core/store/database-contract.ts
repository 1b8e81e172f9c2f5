import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Database, json } from "../../../src/store/database.ts";

export type DatabaseCase = {
  /** An empty database; `remove` is called after it was closed. */
  open(): Promise<{ database: Database; remove: () => Promise<void> }>;
};

/** What both engines promise. */
export function databaseContract(name: string, make: DatabaseCase): void {
  describe(`${name} promises:`, () => {
    let database: Database;
    let remove: () => Promise<void>;

    beforeAll(async () => {
      ({ database, remove } = await make.open());
      await database.query("create schema nave");
      await database.query(
        `create table nave.value (id integer primary key, i8 bigint, num numeric, tz timestamptz, doc jsonb, uid uuid,
           day date, list text[], numbers integer[], amounts numeric[], big bigint[], raw bytea, yes boolean, f double precision)`,
      );
      await database.query("create table nave.counter (name text primary key, value integer not null)");
    });
    afterAll(async () => {
      await database.close();
      await remove();
    });
    beforeEach(() => database.query("delete from nave.value; delete from nave.counter"));

    test("values come back in the types of the contract", async () => {
      const at = new Date("2026-11-22T10:15:30.123Z");
      await database.query(
        "insert into nave.value values (1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        [
          2 ** 40,
          "12345678901234567890.1200",
          at,
          json({ a: [1, null, "ü"] }),
          "5F3C0F7E-0000-4000-8000-000000000000",
          "2026-03-29",
          ["plain", 'with "quotes", {braces} and \\', "", null],
          [1, -2],
          ["1.10", "2"],
          [2 ** 41],
          Buffer.from([0, 255, 10]),
          true,
          0.1,
        ],
      );
      const [row] = await database.query("select * from nave.value");
      expect(row).toEqual({
        id: 1,
        i8: 2 ** 40,
        num: "12345678901234567890.1200",
        tz: at,
        doc: { a: [1, null, "ü"] },
        uid: "5f3c0f7e-0000-4000-8000-000000000000",
        day: "2026-03-29",
        list: ["plain", 'with "quotes", {braces} and \\', "", null],
        numbers: [1, -2],
        amounts: ["1.10", "2"],
        big: [2 ** 41],
        raw: Buffer.from([0, 255, 10]),
        yes: true,
        f: 0.1,
      });
    });

    test("null and undefined are null both ways", async () => {
      const [row] = await database.query("select $1::text as a, $2::jsonb as b, $3::text[] as c", [
        null,
        undefined,
        null,
      ]);
      expect(row).toEqual({ a: null, b: null, c: null });
    });

    test("a count is a number, and an int8 a number cannot hold is an error rather than a wrong value", async () => {
      expect(await database.query("select count(*) as n from nave.value")).toEqual([{ n: 0 }]);
      await expect(database.query("select 9007199254740993::int8 as n")).rejects.toThrow(/too large/);
      expect(await database.query("select 1 as still")).toEqual([{ still: 1 }]);
    });

    test("jsonb keeps strings, numbers, lists and null apart", async () => {
      for (const value of ["text", 12.5, [1, [2]], null, { deep: { er: true } }]) {
        expect(await database.query("select $1::jsonb as v", [json(value)])).toEqual([{ v: value }]);
      }
    });

    test("arrays are parameters for any() and unnest()", async () => {
      const rows = await database.query(
        `select * from unnest($1::text[], $2::int[], $3::timestamptz[], $4::jsonb[]) as u(name, n, at, doc)
          where name = any($5)`,
        [
          ["a", "b", "c"],
          [1, 2, 3],
          [new Date(0), new Date(1), null],
          [json({ x: 1 }), json([2]), null],
          ["b", "c"],
        ],
      );
      expect(rows).toEqual([
        { name: "b", n: 2, at: new Date(1), doc: [2] },
        { name: "c", n: 3, at: null, doc: null },
      ]);
    });

    test("an empty array is a parameter too", async () => {
      expect(await database.query("select 1 as a where 'x' = any($1::text[])", [[]])).toEqual([]);
    });

    test("timestamps are UTC as text, and tables are found without their schema", async () => {
      const [row] = await database.query(
        "select '2026-01-01T00:00:00Z'::timestamptz::text as t, 'counter'::regclass::text as c",
      );
      expect(row).toEqual({ t: "2026-01-01 00:00:00+00", c: "counter" });
    });

    test("several statements without parameters run as one text", async () => {
      const rows = await database.query(
        "insert into nave.counter values ('a', 1), ('b', 2); select count(*) as n from nave.counter",
      );
      expect(rows).toEqual([{ n: 2 }]);
    });

    test("a statement used again and again gives right answers, also after its table changed", async () => {
      await database.query("create table nave.changing (a integer)");
      for (let index = 0; index < 5; index++) {
        await database.query("insert into nave.changing (a) values ($1)", [index]);
        await database.query("select * from nave.changing where a = $1", [index]);
      }
      await database.query("alter table nave.changing add column b text default 'new'");
      expect(await database.query("select * from nave.changing where a = $1", [3])).toEqual([
        { a: 3, b: "new" },
      ]);
      await database.query("drop table nave.changing");
    });

    test("errors carry the SQLSTATE, and the next query works", async () => {
      await database.query("insert into nave.counter values ('once', 1)");
      await expect(database.query("insert into nave.counter values ($1, 1)", ["once"])).rejects.toMatchObject(
        { code: "23505" },
      );
      await expect(database.query("selec 1")).rejects.toMatchObject({ code: "42601" });
      expect(await database.query("select 1 as a")).toEqual([{ a: 1 }]);
    });

    test("a transaction commits what resolved and rolls back what rejected", async () => {
      const result = await database.transaction(async (sql) => {
        await sql.query("insert into nave.counter values ('kept', 1)");
        return "done";
      });
      expect(result).toBe("done");
      const failing = database.transaction(async (sql) => {
        await sql.query("insert into nave.counter values ('lost', 1)");
        throw new Error("changed my mind");
      });
      await expect(failing).rejects.toThrow("changed my mind");
      expect(await database.query("select name from nave.counter")).toEqual([{ name: "kept" }]);
    });

    test("a transaction whose failed statement was swallowed does not look committed", async () => {
      const swallowing = database.transaction(async (sql) => {
        await sql.query("insert into nave.counter values ('swallowed', 1)");
        await sql.query("select 1/0").catch(() => undefined);
      });
      await expect(swallowing).rejects.toThrow(/rolled back/);
      expect(await database.query("select * from nave.counter")).toEqual([]);
    });

    test("a query through a transaction that has ended is refused", async () => {
      const leaked = await database.transaction(async (sql) => sql);
      await expect(leaked.query("select 1")).rejects.toThrow(/has ended/);
    });

    test("queries outside do not fall into a running transaction", async () => {
      const gate = Promise.withResolvers<void>();
      const transaction = database.transaction(async (sql) => {
        await sql.query("insert into nave.counter values ('inside', 1)");
        await gate.promise;
        throw new Error("rolled back on purpose");
      });
      const outside = database.query("insert into nave.counter values ('outside', 1)");
      gate.resolve();
      await expect(transaction).rejects.toThrow("on purpose");
      await outside;
      expect(await database.query("select name from nave.counter")).toEqual([{ name: "outside" }]);
    });

    test("two hundred transactions at once lose no update", async () => {
      await database.query("insert into nave.counter values ('sum', 0)");
      await Promise.all(
        Array.from({ length: 200 }, () =>
          database.transaction(async (sql) => {
            const [row] = await sql.query<{ value: number }>(
              "select value from nave.counter where name = 'sum' for update",
            );
            await sql.query("update nave.counter set value = $1 where name = 'sum'", [(row?.value ?? 0) + 1]);
          }),
        ),
      );
      expect(await database.query("select value from nave.counter")).toEqual([{ value: 200 }]);
    });

    test("a serialisation failure is run again and ends well", async () => {
      await database.query("insert into nave.counter values ('serial', 0)");
      let runs = 0;
      await Promise.all(
        Array.from({ length: 4 }, () =>
          database.transaction(async (sql) => {
            runs++;
            await sql.query("set transaction isolation level repeatable read");
            const [row] = await sql.query<{ value: number }>(
              "select value from nave.counter where name = 'serial'",
            );
            await sql.query("update nave.counter set value = $1 where name = 'serial'", [
              (row?.value ?? 0) + 1,
            ]);
          }),
        ),
      );
      expect(await database.query("select value from nave.counter")).toEqual([{ value: 4 }]);
      expect(runs).toBeGreaterThanOrEqual(4);
    });

    test("what the database undoes every time is given up after five repetitions", async () => {
      let runs = 0;
      const hopeless = database.transaction(async (sql) => {
        runs++;
        await sql.query("do $$ begin raise exception 'again' using errcode = '40001'; end $$");
      });
      await expect(hopeless).rejects.toMatchObject({ code: "NAVE_HUB_UNAVAILABLE" });
      expect(runs).toBe(6);
    });

    test("a parameter of a megabyte and an answer of ten come through whole", async () => {
      const text = "ä".repeat(500_000);
      const [row] = await database.query<{ t: string }>("select repeat($1, 10) as t", [text]);
      expect(row?.t.length).toBe(5_000_000);
    });

    test("close waits for what is running, and refuses what comes later", async () => {
      const own = await make.open();
      const running = own.database.transaction(async (sql) => {
        await sql.query("select 1");
        await new Promise((resolve) => setTimeout(resolve, 50));
        return sql.query("select 'finished' as state");
      });
      const queued = own.database.query("select 'queued' as state");
      const closing = own.database.close();
      await expect(own.database.query("select 1")).rejects.toMatchObject({ code: "NAVE_HUB_UNAVAILABLE" });
      expect(await running).toEqual([{ state: "finished" }]);
      expect(await queued).toEqual([{ state: "queued" }]);
      await closing;
      await own.database.close();
      await own.remove();
    });
  });
}
