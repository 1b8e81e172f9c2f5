import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Database } from "../../../src/store/database.ts";
import { toDatabaseError } from "../../../src/store/database-errors.ts";
import { keepUp, startUpkeep } from "../../../src/store/upkeep.ts";
import { keptLog } from "../../services/kept-log.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Answers every query by `answer`, and keeps what was asked. */
function databaseThat(answer: (text: string) => Promise<unknown[]>): { database: Database; asked: string[] } {
  const asked: string[] = [];
  const query = (text: string) => {
    asked.push(text);
    return answer(text);
  };
  return { database: { engine: "pglite", query } as unknown as Database, asked };
}

test("a round that is under way when the database is closed asks nothing more", async () => {
  const stopping = new AbortController();
  const { database, asked } = databaseThat(async (text) => {
    if (text.startsWith("vacuum")) stopping.abort();
    return [
      { name: "one", clears: true },
      { name: "two", clears: true },
    ];
  });
  await keepUp(database, stopping.signal);
  expect(asked.filter((text) => text.startsWith("vacuum"))).toEqual(["vacuum (analyze, skip_locked) one"]);
  expect(asked).toHaveLength(2);
});

test("a database that is away is not reported by its upkeep as well", async () => {
  const { log, lines } = keptLog();
  const lost = toDatabaseError(Object.assign(new Error("connect"), { code: "ECONNREFUSED" }));
  const { database } = databaseThat(() => Promise.reject(lost));
  const upkeep = startUpkeep(database, log);
  await vi.advanceTimersByTimeAsync(5000);
  upkeep.stop();
  expect(lines).toEqual([]);
});

test("a failure is logged while the database is open, and none while it closes", async () => {
  const { log, lines } = keptLog();
  const failing: ((error: Error) => void)[] = [];
  const { database } = databaseThat(() => new Promise((_resolve, reject) => failing.push(reject)));
  const upkeep = startUpkeep(database, log);
  await vi.advanceTimersByTimeAsync(5000);
  failing[0]?.(new Error("disk full"));
  await vi.advanceTimersByTimeAsync(5000);
  expect(lines).toMatchObject([{ level: "warn", text: "upkeep of the database failed" }]);
  upkeep.stop();
  failing[1]?.(new Error("the database is closed"));
  await vi.advanceTimersByTimeAsync(20_000);
  expect(failing).toHaveLength(2);
  expect(lines).toHaveLength(1);
});
