import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config/types.ts";
import type { Database } from "../store/database.ts";
import { exportStore, importStore, readVersion, type TransferResult } from "../store/export-import.ts";
import { migrate } from "../store/migrate.ts";
import { openDatabase } from "../store/open-database.ts";
import { createLog } from "../telemetry/log.ts";

export function exportTo(config: Config, file: string): Promise<TransferResult> {
  return withStore(config, async (db) => {
    await migrate(db);
    return exportStore(db, createWriteStream(file, { mode: 0o600, flags: "wx" }));
  });
}

/** A file of an older version fills a store of that version, which then goes on to this one. */
export function importFrom(config: Config, file: string): Promise<TransferResult> {
  return withStore(config, async (db) => {
    await migrate(db, undefined, { upTo: await readVersion(createReadStream(file)) });
    const result = await importStore(db, createReadStream(file));
    await migrate(db);
    return result;
  });
}

async function withStore(
  { hub }: Config,
  work: (db: Database) => Promise<TransferResult>,
): Promise<TransferResult> {
  const db = await openDatabase({
    url: hub.databaseUrl,
    dataDir: join(hub.dataDir, "store"),
    log: createLog(),
  });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}
