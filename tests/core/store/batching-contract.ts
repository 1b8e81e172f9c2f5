import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { batched, holdInGroup, readTogether, transactTogether } from "../../../src/store/batching.ts";
import type { Database, Sql } from "../../../src/store/database.ts";

type Row = { id: number; value: string };

/** What the items of every statement were, in the order they ran. */
let ran: (readonly unknown[])[] = [];

const insertRow = batched("write", async (sql, rows: readonly Row[]) => {
  ran.push(rows.map(({ id }) => id));
  await sql.query(
    "insert into batched (id, value) select * from unnest($1::int[], $2::text[]) as r(id, value)",
    [rows.map(({ id }) => id), rows.map(({ value }) => value)],
  );
  return rows.map(() => undefined);
});

const readValue = batched("read", async (sql, ids: readonly number[]) => {
  ran.push(ids);
  const rows = await sql.query<Row>("select id, value from batched where id = any($1::int[])", [ids]);
  const byId = new Map(rows.map((row) => [row.id, row.value]));
  return ids.map((id) => byId.get(id));
});

async function count(sql: Sql, id: number): Promise<void> {
  const value = Number(await readValue(sql, id));
  await sql.query("update batched set value = $2 where id = $1", [id, String(value + 1)]);
}

/** What every database promises about transactions that are run together. */
export function batchingContract(
  name: string,
  given: { open(): Promise<{ database: Database; remove(): Promise<void> }> },
): void {
  describe(`transactions run together, on ${name}`, () => {
    let database: Database;
    let remove: () => Promise<void>;
    beforeAll(async () => {
      ({ database, remove } = await given.open());
      await database.query("create table batched (id int primary key, value text not null)");
    }, 30_000);
    afterAll(async () => {
      await database.close();
      await remove();
    });
    beforeEach(async () => {
      ran = [];
      await database.query("truncate batched");
    });
    const rows = () => database.query<Row>("select id, value from batched order by id");
    const states = (results: readonly PromiseSettledResult<unknown>[]) =>
      results.map((result) => (result.status === "rejected" ? result.reason.message : result.value));

    test("one statement serves all that ask the same, each with its own answer", async () => {
      const items = [1, 2, 3].map((id) => ({ id, value: `v${id}` }));
      const results = await transactTogether(database, items, async (sql, row) => {
        await insertRow(sql, row);
        return readValue(sql, row.id);
      });
      expect(states(results)).toEqual(["v1", "v2", "v3"]);
      expect(ran).toEqual([
        [1, 2, 3],
        [1, 2, 3],
      ]);
    });

    test("who fails before writing fails alone, without a second run of the others", async () => {
      let runs = 0;
      const results = await transactTogether(database, [1, 2, 3], async (sql, id) => {
        runs += 1;
        await readValue(sql, id);
        if (id === 2) throw new Error("not 2");
        await insertRow(sql, { id, value: "kept" });
        return id;
      });
      expect(states(results)).toEqual([1, "not 2", 3]);
      expect(runs).toBe(3);
      expect((await rows()).map(({ id }) => id)).toEqual([1, 3]);
    });

    test("of who fails after writing nothing stays; the others do, each once", async () => {
      const results = await transactTogether(database, [1, 2, 3], async (sql, id) => {
        await insertRow(sql, { id, value: "kept" });
        if (id === 2) throw new Error("not 2 after all");
        return id;
      });
      expect(states(results)).toEqual([1, "not 2 after all", 3]);
      expect((await rows()).map(({ id }) => id)).toEqual([1, 3]);
    });

    test("a statement that the database refuses spoils nobody else's work", async () => {
      await database.query("insert into batched values (2, 'was there')");
      const results = await transactTogether(database, [1, 2, 3], async (sql, id) => {
        await insertRow(sql, { id, value: "new" });
        return id;
      });
      expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect((await rows()).map(({ value }) => value)).toEqual(["new", "was there", "new"]);
    });

    test("who holds a name keeps the others out until it has ended: no update is lost", async () => {
      await database.query("insert into batched values (1, '0')");
      const twenty = Array.from({ length: 20 }, () => 1);
      const results = await transactTogether(database, twenty, async (sql, id) => {
        await holdInGroup(sql, [`row ${id}`, "another name"]);
        await count(sql, id);
      });
      expect(results.every(({ status }) => status === "fulfilled")).toBe(true);
      expect(await rows()).toEqual([{ id: 1, value: "20" }]);
    });

    test("reading together takes one statement, and fails with what one of them threw", async () => {
      await database.query("insert into batched values (1, 'one'), (2, 'two')");
      expect(await readTogether(database, [2, 1, 3], readValue)).toEqual(["two", "one", undefined]);
      expect(ran).toEqual([[2, 1, 3]]);
      const failing = readTogether(database, [1, 2], async (sql, id) => {
        if (id === 2) throw new Error("not 2");
        return readValue(sql, id);
      });
      await expect(failing).rejects.toThrow("not 2");
    });

    test("alone, everything runs as usual", async () => {
      const [result] = await transactTogether(database, [{ id: 7, value: "alone" }], insertRow);
      expect(result?.status).toBe("fulfilled");
      expect(await rows()).toEqual([{ id: 7, value: "alone" }]);
      expect(await transactTogether(database, [], insertRow)).toEqual([]);
    });
  });
}
