import type { RunningHub } from "../../../src/main.ts";
import type { Database } from "../../../src/store/database.ts";
import { countPending } from "../../../src/telemetry/counts.ts";
import { until } from "../../services/until.ts";

/**
 * Reads every source from its checkpoint on, twice, and waits after each round until nothing is pending: what happened
 * before has arrived then. Asks for the scans instead of waiting for the polls, which a real ERP pays for dearly.
 *
 * @throws after the time, naming what does not come to rest.
 */
export async function untilQuiet({ hub, pollers }: RunningHub, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (let round = 0; round < 2; round += 1) {
    const scans = [...pollers].map(async ([name, poller]) => {
      const system = hub.systems.get(name);
      for (const entity of system?.entities ?? [])
        if (system?.takes(entity)) await poller.scanNow(entity, false);
    });
    await Promise.all(scans);
    const leftMs = Math.max(1, deadline - performance.now());
    await until("nothing is pending", async () => (await countPending(hub.db)) === 0, leftMs).catch(
      async (cause: unknown) => {
        const standing = await standingStill(hub.db);
        throw new Error(`still pending after ${timeoutMs} ms:\n${standing.join("\n")}`, { cause });
      },
    );
  }
}

async function standingStill(db: Database): Promise<string[]> {
  const rows = await db.query<{ text: string }>(
    `select format('wish %s/%s/%s %s: %s', system, entity, canonical_id, state, error) as text
       from nave.wish where state in ('open', 'waiting')
     union all select format('message %s of %s/%s/%s %s, attempts %s: %s', id, system, entity, local_id, state, attempts, error)
       from nave.message where state in ('accepted', 'waiting') limit 20`,
  );
  return rows.map((row) => row.text);
}
