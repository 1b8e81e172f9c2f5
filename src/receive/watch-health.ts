import type { Hub } from "../hub.ts";
import { rewindCheckpoints } from "../store/checkpoints.ts";
import { latestComparisons } from "../store/reconciliations.ts";
import { endRecovery, recordHealth, selectSystemStates, startRecovery } from "../store/system-states.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";

/**
 * Asks a system how it is: measures the difference of its clock from the hub's, and notices when it is not the database it
 * was (a copy, a restore under another identity). Then it goes into recovery: it is read from the start, and where the hub
 * cannot probe nothing is created until a comparison has come out clean.
 */
export async function watchHealth(hub: Hub, system: ConnectedSystem): Promise<void> {
  const asked = Date.now();
  const { now, generation } = await system.ask((signal) => system.spoke.health(signal));
  const middle = (asked + Date.now()) / 2;
  const skewMs = now === undefined ? 0 : Date.parse(now) - middle;
  const before = await recordHealth(hub.db, system.name, skewMs, generation ?? null);
  if (before !== null && generation !== undefined && before !== generation) {
    hub.log.error({ system: system.name }, "the system is another database than before: recovery");
    await hub.db.transaction(async (sql) => {
      await startRecovery(sql, system.name);
      await rewindCheckpoints(sql, system.name, null);
    });
    // At once, not with the sweeper's next look: what the full scan that follows does not show must not count as deleted.
    const state = (await selectSystemStates(hub.db)).find((one) => one.system === system.name);
    if (state) system.refresh(state);
  } else if (system.inRecovery) await endWhenClean(hub, system);
}

/** Recovery ends when every entity that is read there has been compared since without a difference. */
async function endWhenClean(hub: Hub, system: ConnectedSystem): Promise<void> {
  const latest = await latestComparisons(hub.db);
  const clean = system.entities
    .filter((entity) => system.takes(entity))
    .every((entity) => {
      const comparison = latest.get(`${system.name}/${entity}`);
      return (
        comparison && comparison.differences === 0 && comparison.finishedAt > (system.recoverySince ?? 0)
      );
    });
  if (clean) await endRecovery(hub.db, system.name);
}
