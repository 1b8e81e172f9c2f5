import { vi } from "vitest";
import { openDatabase } from "../../../src/store/open-database.ts";
import { freshDatabase } from "../../services/postgres.ts";
import { batchingContract } from "./batching-contract.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

batchingContract("the embedded database", {
  async open() {
    return { database: await openDatabase({ dataDir: "memory://" }), remove: async () => {} };
  },
});

batchingContract("PostgreSQL", {
  async open() {
    const fresh = await freshDatabase();
    return { database: await openDatabase({ url: fresh.url, dataDir: "unused" }), remove: fresh.drop };
  },
});
