import { existsSync, rmSync, statfsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ClientBase } from "pg";
import { Pool } from "pg";
import type { Log } from "../adapter-kit/contract.ts";
import { lockDataDirectory } from "./data-lock.ts";
import type { Database } from "./database.ts";
import { PgliteEngine } from "./pglite-engine.ts";
import { seedDataDirectory } from "./pglite-seed.ts";
import { PoolDatabase } from "./pool-database.ts";
import { startUpkeep } from "./upkeep.ts";
import { valueParsers } from "./value-parsers.ts";

/** As a data directory: a database that goes when it is closed, for tests. */
const MEMORY = "memory://";

export type PgliteOptions = { dataDir: string; log?: Log | undefined };

/**
 * Opens the embedded database in `<dataDir>/pglite`, making it if need be, and keeps the directory for this process.
 *
 * It promises what was acknowledged against a killed process, not against a power loss: PGlite never calls fsync.
 */
export async function openPglite(options: PgliteOptions): Promise<Database> {
  const directory = options.dataDir === MEMORY ? await passingDirectory() : lastingDirectory(options.dataDir);
  await mkdir(directory.path, { recursive: true, mode: 0o700 });
  const lock = await lockDataDirectory(directory.path);
  const release = async () => {
    await lock.release();
    await directory.remove();
  };
  try {
    const files = path.join(directory.path, "pglite");
    await seedDataDirectory(files, options.log);
    return await openEngine(files, options.log, release);
  } catch (error) {
    await release();
    throw error;
  }
}

async function openEngine(
  files: string,
  log: Log | undefined,
  release: () => Promise<void>,
): Promise<Database> {
  const engine = new PgliteEngine(files, log);
  // PGlite is one session: one connection, kept for good, whose waiting line has no time limit.
  const pool = new Pool({
    user: "postgres",
    database: "postgres",
    stream: () => engine.openStream(),
    types: valueParsers,
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: 0,
    // Awaited by the pool (pg-pool 3), though its type does not say so.
    // oxlint-disable-next-line typescript/no-misused-promises
    onConnect: prepareSession,
  });
  const database = new PoolDatabase(pool, {
    engine: "pglite",
    log,
    onClosing: () => upkeep.stop(),
    onClosed: async () => {
      await engine.close();
      await release();
    },
  });
  const upkeep = startUpkeep(database, log);
  try {
    await database.query("select 1");
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

/** The session outlives its connection: what a lost one left behind is cleared before the next is used. */
async function prepareSession(client: ClientBase): Promise<void> {
  await client.query("rollback");
  await client.query("deallocate all");
  await client.query("set search_path = nave, public; set timezone = 'UTC'; set datestyle = 'ISO'");
  // The data lies in memory, and every statement comes back: planning it anew costs more than running it.
  await client.query("set random_page_cost = 1.1; set plan_cache_mode = force_generic_plan");
}

type Directory = { path: string; remove(): Promise<void> };

function lastingDirectory(dataDir: string): Directory {
  return { path: path.resolve(dataDir), remove: async () => {} };
}

/** Linux keeps these files in memory; in a container it may be as small as 64 MB. */
const SHARED_MEMORY = "/dev/shm";
const MIN_FREE_BYTES = 2 * 1024 ** 3;

function hasRoom(directory: string): boolean {
  if (!existsSync(directory)) return false;
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize > MIN_FREE_BYTES;
}

async function passingDirectory(): Promise<Directory> {
  const made = await mkdtemp(path.join(hasRoom(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir(), "nave-memory-"));
  const removeAtExit = () => rmSync(made, { recursive: true, force: true });
  process.once("exit", removeAtExit);
  return {
    path: made,
    async remove() {
      process.off("exit", removeAtExit);
      await rm(made, { recursive: true, force: true });
    },
  };
}
