import type { Log } from "../adapter-kit/contract.ts";
import { NaveError } from "../errors.ts";
import type { Database } from "./database.ts";
import { openPglite } from "./pglite.ts";
import { openPostgres } from "./postgres.ts";

export type OpenDatabaseOptions = {
  /** `postgres://...`; without it the embedded database is used. */
  url?: string | undefined;
  /** Where the embedded database lives; `memory://` for one that goes when it is closed. */
  dataDir: string;
  log?: Log | undefined;
};

/** Opens the hub's database. Nothing is migrated; see migrate.ts. */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { url, dataDir, log } = options;
  if (url === undefined) return openPglite({ dataDir, log });
  if (/^postgres(ql)?:\/\//.test(url)) return openPostgres({ url, log });
  throw new NaveError("NAVE_CONFIG_INVALID", "DATABASE_URL is not the address of a PostgreSQL database", {
    field: "DATABASE_URL",
    accepts: "postgres://user:password@host:port/database, or nothing for the embedded database",
  });
}
