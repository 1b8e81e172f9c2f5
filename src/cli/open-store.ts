import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config/types.ts";
import type { Database } from "../store/database.ts";
import { exportStore, importStore, type TransferResult } from "../store/export-import.ts";
import { migrate } from "../store/migrate.ts";
import { openDatabase } from "../store/open-database.ts";
import { createLog } from "../telemetry/log.ts";

export function exportTo(config: Config, file: string): Promise<TransferResult> {
  return withStore(config, (db) => exportStore(db, createWriteStream(file, { mode: 0o600, flags: "wx" })));
}

export function importFrom(config: Config, file: string): Promise<TransferResult> {
  return withStore(config, (db) => importStore(db, createReadStream(file)));
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
    await migrate(db);
    return await work(db);
  } finally {
    await db.close();
  }
}
