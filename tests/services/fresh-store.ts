import type { Database } from "../../src/store/database.ts";
import { migrate } from "../../src/store/migrate.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import { freshDatabase } from "./postgres.ts";

/** A store of this version with nothing in it, in a database of its own; `close` drops it. */
export async function freshStore(): Promise<{ db: Database; close: () => Promise<void> }> {
  const { url, drop } = await freshDatabase();
  const db = await openDatabase({ url, dataDir: "unused" });
  await migrate(db);
  return {
    db,
    async close() {
      await db.close();
      await drop();
    },
  };
}
