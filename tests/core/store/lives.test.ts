import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Database } from "../../../src/store/database.ts";
import { countLife } from "../../../src/store/lives.ts";
import { freshStore } from "../../services/fresh-store.ts";

let database: Database;
let close: () => Promise<void>;
let dataDir: string;
beforeAll(async () => {
  ({ db: database, close } = await freshStore());
});
afterAll(() => close?.());
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "nave-lives-"));
  await database.query("delete from nave.setting where name = 'life'");
  return () => rm(dataDir, { recursive: true, force: true });
});

const start = async (folder = dataDir) => (await countLife(database, folder)).restored;
const copyOfLife = () => database.query("select value from nave.setting where name = 'life'");
async function putBack([row]: Awaited<ReturnType<typeof copyOfLife>>): Promise<void> {
  await database.query("update nave.setting set value = $1 where name = 'life'", [
    JSON.stringify(row?.["value"]),
  ]);
}

test("a store that was put back from an older copy is noticed at the next start, and only there", async () => {
  expect(await start()).toBe(false);
  const copy = await copyOfLife();
  expect(await start()).toBe(false);
  await putBack(copy);
  expect(await start()).toBe(true);
  expect(await start()).toBe(false);
});

test("another machine's folder tells as well, and one that lags behind tells nothing", async () => {
  const other = join(dataDir, "other");
  await start();
  const copy = await copyOfLife();
  await start(other);
  expect(await start()).toBe(false);
  await putBack(copy);
  expect(await start(other)).toBe(true);
});

test("a new store beside an old file, and a damaged file, are no restore", async () => {
  await start();
  await start();
  await database.query("delete from nave.setting where name = 'life'");
  expect(await start()).toBe(false);
  await writeFile(join(dataDir, "life.json"), "{");
  expect(await start()).toBe(false);
});
