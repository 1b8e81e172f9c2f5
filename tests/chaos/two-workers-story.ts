import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "../../src/adapter-kit/contract.ts";
import type { Database } from "../../src/store/database.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import { countPending } from "../../src/telemetry/counts.ts";
import { type Star, startStar } from "../core/hub/star.ts";
import { until } from "../services/until.ts";
import { HubInAProcess } from "./hub-in-a-process.ts";
import { settingsOf } from "./modes.ts";

/** A write of the hub's that has arrived at the ERP: when, of which record, and which version of its text. */
export type Arrival = { at: number; id: string; version: number };

export type TwoWorkersBed = {
  star: Star;
  db: Database;
  workers: readonly HubInAProcess[];
  arrivals: Arrival[];
  /** Holds back the next write at the ERP for so long. Resolves when it has arrived there. */
  holdNext(ms: number): Promise<void>;
  /** Nothing is pending and every system agrees with the others on the texts of these customers. */
  settled(): Promise<void>;
  /** Customer number to text. */
  texts(side: "crm" | "erp"): Promise<Map<string, string>>;
  close(): Promise<void>;
};

const SETTLE_MS = 2500;

/** Two whole hubs in processes of their own, on one PostgreSQL and one RabbitMQ, between a CRM and an ERP that takes notes. */
export async function startTwoWorkers(): Promise<TwoWorkersBed> {
  const settings = await settingsOf("distributed");
  const arrivals: Arrival[] = [];
  let hold: { ms: number; arrived: () => void } | undefined;
  const before = async (operation: string, args: JsonObject) => {
    if (operation !== "Save" || args["Entity"] !== "Customer") return;
    for (const change of args["Changes"] as JsonObject[]) {
      const [, version] = /"Memo":"version (\d+)"/.exec(JSON.stringify(change)) ?? [];
      if (version !== undefined && typeof change["Id"] === "string")
        arrivals.push({ at: Date.now(), id: change["Id"], version: Number(version) });
    }
    if (hold === undefined) return;
    const { ms, arrived } = hold;
    hold = undefined;
    arrived();
    await sleep(ms);
  };
  const star = await startStar({
    hub: settings.hub,
    erp: { before },
    systems: { erp: { limits: { settleMs: SETTLE_MS, timeoutMs: 2000 } } },
  });
  await star.stopHub();
  const other = await mkdtemp(join(tmpdir(), "nave-other-worker-"));
  const workers = [new HubInAProcess(), new HubInAProcess()];
  workers[0]?.begin(star.config);
  workers[1]?.begin({ ...star.config, hub: { ...star.config.hub, dataDir: other } });
  await Promise.all(workers.map((worker) => worker.ready()));
  const db = await openDatabase({ url: star.config.hub.databaseUrl, dataDir: "unused" });
  const texts = async (side: "crm" | "erp") => {
    const [key, text] = side === "crm" ? ["customerNumber", "notes"] : ["CustNo", "Memo"];
    return new Map((await star[side].all("customer")).map((one) => [String(one[key]), String(one[text])]));
  };
  return {
    star,
    db,
    workers,
    arrivals,
    texts,
    holdNext: (ms) => new Promise((arrived) => (hold = { ms, arrived })),
    settled: () =>
      until("both sides agree and nothing is pending", async () => {
        const [crm, erp] = [await texts("crm"), await texts("erp")];
        const agree = [...crm].every(([number, text]) => erp.get(number) === text);
        return agree && (await countPending(db)) === 0;
      }),
    async close() {
      for (const worker of workers) worker.signal("SIGCONT");
      await Promise.all(workers.map((worker) => worker.kill()));
      await db.close();
      await star.close();
      await settings.drop();
      await rm(other, { recursive: true, force: true });
    },
  };
}

/** Customers of the CRM, by their numbers; both systems have them when this resolves. */
export async function stock({ star, settled }: TwoWorkersBed, count: number): Promise<string[]> {
  const customers = Array.from({ length: count }, (_, index) => ({
    displayName: `Customer ${index}`,
    customerNumber: `C-${index}`,
    notes: "version 0",
  }));
  const ids = await star.crm.seed("customer", customers);
  await settled();
  return ids;
}

/** Writes that arrived after a newer version of the same record had. */
export function outOfOrder(arrivals: readonly Arrival[]): Arrival[] {
  const newest = new Map<string, number>();
  return arrivals.filter(({ id, version }) => {
    const before = newest.get(id) ?? -1;
    newest.set(id, Math.max(before, version));
    return version < before;
  });
}

/** The worker that reads this system. */
export async function readerOf({ db, workers }: TwoWorkersBed, system: string): Promise<HubInAProcess> {
  const [lease] = await db.query<{ owner: string }>("select owner from nave.lease where partition = $1", [
    `poll.${system}`,
  ]);
  return byWorkerId(workers, lease?.owner ?? "");
}

/** The worker that has recorded the newest intent of an open write. */
export async function writerNow({ db, workers }: TwoWorkersBed): Promise<HubInAProcess> {
  const [intent] = await db.query<{ owner: string }>(
    "select claimed_by as owner from nave.intent where state = 'open' and system = 'erp' order by created_at desc limit 1",
  );
  return byWorkerId(workers, intent?.owner ?? "");
}

function byWorkerId(workers: readonly HubInAProcess[], id: string): HubInAProcess {
  const found = workers.find(({ pid }) => id.includes(`-${pid}-`));
  if (!found) throw new Error(`no worker is called "${id}"`);
  return found;
}
