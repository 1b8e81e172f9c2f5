import { DEFAULT_DELETES } from "../config/defaults.ts";
import type { Hub } from "../hub.ts";
import { holdDeletes, withdrawDeleteHold } from "../store/delete-holds.ts";
import { countLive, drawObservationNumbers, selectShadows, selectUnseen } from "../store/shadows.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";
import { acceptObservations } from "./accept.ts";

/**
 * Takes what a completed full scan did not show as deleted, unless too much vanished at once: then nothing is deleted and
 * a person is asked (`delete_hold`).
 *
 * @param startNumber  Drawn before the scan began: records first seen during it do not count as absent.
 */
export async function acceptAbsences(
  hub: Hub,
  system: ConnectedSystem,
  entity: string,
  seen: ReadonlySet<string>,
  startNumber: number,
): Promise<void> {
  // A system that went back to an earlier day lacks what was made since: a gap to be repaired, not a delete.
  if (system.inRecovery) return;
  const known = await countLive(hub.db, system.name, entity);
  if (known === 0) return;
  const gone = await selectUnseen(hub.db, system.name, entity, [...seen], startNumber);
  if (gone.length === 0) return withdrawDeleteHold(hub.db, system.name, entity);
  const { brakeShare, brakeMinimum } = hub.config.entities[entity]?.deletes ?? DEFAULT_DELETES;
  if (gone.length >= brakeMinimum && gone.length > known * brakeShare) {
    await holdDeletes(hub.db, system.name, entity, gone, known);
    hub.log.error(
      { system: system.name, entity, gone: gone.length, known },
      "too much vanished at once; nothing is deleted until a person decides",
    );
    return;
  }
  await acceptDeletes(hub, system, entity, gone);
}

/** Takes these records as deleted, with the last form they were seen in. */
export async function acceptDeletes(
  hub: Hub,
  system: ConnectedSystem,
  entity: string,
  localIds: readonly string[],
): Promise<void> {
  const shadows = await selectShadows(hub.db, system.name, entity, localIds);
  const [number = 0] = await drawObservationNumbers(hub.db, 1);
  const observations = localIds.map((localId) => ({
    localId,
    native: shadows.get(localId)?.native ?? {},
    deleted: true,
    number,
  }));
  await acceptObservations(hub, system, entity, observations);
}
