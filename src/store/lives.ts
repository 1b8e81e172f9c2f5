import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { json, type Sql } from "./database.ts";

/** Which store it is, and how often a hub has been started on it. */
export type Life = { store: string; count: number };

const SETTING = "life";
const FILE = "life.json";

/**
 * Counts a start of the hub, in the store and in a file beside it. A file that has counted further than the store it names
 * tells that the store is an older copy of itself.
 *
 * @param dataDir  Outside of the store, and not restored with it.
 * @returns whether the store was restored, as far as the file can tell.
 */
export async function countLife(sql: Sql, dataDir: string): Promise<{ restored: boolean }> {
  const file = join(dataDir, FILE);
  const [row] = await sql.query<{ value: Life }>("select value from nave.setting where name = $1", [SETTING]);
  const life = row?.value ?? { store: randomUUID(), count: 0 };
  const seen = await readLife(file);
  const ahead = seen?.store === life.store ? seen.count : 0;
  const next: Life = { store: life.store, count: Math.max(life.count, ahead) + 1 };
  await sql.query(
    "insert into nave.setting (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value",
    [SETTING, json(next)],
  );
  await mkdir(dataDir, { recursive: true });
  // Several processes may share the folder, and start at the same moment.
  const made = `${file}.${randomUUID()}`;
  await writeFile(made, `${json(next)}\n`);
  await rename(made, file);
  return { restored: ahead > life.count };
}

/** @returns undefined where there is none, or none that can be read: then nothing is known. */
async function readLife(file: string): Promise<Life | undefined> {
  try {
    const { store, count } = JSON.parse(await readFile(file, "utf8")) as Partial<Life>;
    return typeof store === "string" && typeof count === "number" ? { store, count } : undefined;
  } catch {
    return undefined;
  }
}
