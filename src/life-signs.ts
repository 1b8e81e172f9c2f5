import { hostname } from "node:os";
import type { Role } from "./roles.ts";
import type { Database } from "./store/database.ts";
import { HEARTBEAT_MS, heartbeat, releaseLeases, removeWorker } from "./store/workers.ts";

/**
 * Tells the other processes that this one is alive, again and again, and keeps its leases.
 *
 * @param finished  How many tickets it has finished by now.
 * @returns what ends it, and lets go of the leases.
 */
export async function giveLifeSigns(
  db: Database,
  id: string,
  roles: readonly Role[],
  finished: () => number,
): Promise<() => Promise<void>> {
  const role = roles.join(",");
  const host = hostname();
  const sign = () => {
    const { user, system } = process.cpuUsage();
    const cpuMs = Math.round((user + system) / 1000);
    return heartbeat(db, { id, role, host, cpuMs, tickets: finished() });
  };
  await sign();
  // One that fails is made good by the next.
  const beat = setInterval(() => void sign().catch(() => {}), HEARTBEAT_MS);
  return async () => {
    clearInterval(beat);
    await releaseLeases(db, id);
    await removeWorker(db, id);
  };
}
