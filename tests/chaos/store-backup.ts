import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import type { Config } from "../../src/config/types.ts";
import { databaseServerUrl } from "../services/postgres.ts";

/** A hub's store as it was: to be taken and put back while no hub runs on it. */
export type StoreBackup = { restore(): Promise<void>; drop(): Promise<void> };

export function backUpStore({ hub }: Config): Promise<StoreBackup> {
  return hub.databaseUrl === undefined
    ? backUpFolder(join(hub.dataDir, "store"))
    : backUpDatabase(new URL(hub.databaseUrl).pathname.slice(1));
}

async function backUpFolder(folder: string): Promise<StoreBackup> {
  const copy = `${folder}.backup`;
  await cp(folder, copy, { recursive: true });
  return {
    async restore() {
      await rm(folder, { recursive: true });
      await cp(copy, folder, { recursive: true });
    },
    drop: () => rm(copy, { recursive: true }),
  };
}

async function backUpDatabase(name: string): Promise<StoreBackup> {
  const copy = `${name}_copy`;
  await execute(`create database ${copy} template ${name}`);
  return {
    restore: () => execute(`drop database ${name} with (force)`, `create database ${name} template ${copy}`),
    drop: () => execute(`drop database ${copy}`),
  };
}

async function execute(...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: databaseServerUrl() });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
