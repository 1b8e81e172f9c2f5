import type { Observation } from "../adapter-kit/contract.ts";
import type { Intent } from "../store/intents.ts";
import { type Shadow, selectFingerprints } from "../store/shadows.ts";
import { selectSightingsByProbe, selectSightingsOf } from "../store/sightings.ts";
import type { Wish } from "../store/wishes.ts";
import { fieldsThatArrived } from "./arrived.ts";
import type { Delivery } from "./delivery.ts";

/**
 * What a create whose answer was lost has made: what is found by the hub's key; else what was there and is gone again.
 *
 * @param found  By the hub's key, records that are gone among them where the system still finds those.
 */
export async function madeSince(
  delivery: Delivery,
  wish: Wish,
  found: readonly Observation[],
): Promise<Observation[]> {
  const living = found.filter((one) => !one.deleted);
  if (living.length > 0) return living;
  const gone = await withoutFormerLives(delivery, found);
  if (gone.length > 0) return gone;
  const seen = await seenAndGone(delivery, wish);
  return seen ? [seen] : [];
}

/** Without those that are known from before this create. */
async function withoutFormerLives(
  { hub, system, type }: Delivery,
  gone: readonly Observation[],
): Promise<Observation[]> {
  if (gone.length === 0) return [];
  const ids = gone.map((one) => one.localId);
  const known = await selectFingerprints(hub.db, system.name, type.name, ids);
  return gone.filter((one) => !known.has(one.localId));
}

/** A record with our key that has been read since, and is not there any more: it had been created. */
async function seenAndGone({ hub, system, type }: Delivery, wish: Wish): Promise<Observation | undefined> {
  const { probe } = system.capability(type.name);
  if (probe === undefined) return undefined;
  const record = { system: system.name, entity: type.name, probe, probeKey: wish.canonicalId };
  const [sighting] = await selectSightingsByProbe(hub.db, record);
  if (!sighting) return undefined;
  const { localId, native } = sighting;
  const [seen] = await system.ask((signal) => system.spoke.read(type.name, [localId], signal));
  // What the search has not found, and is there, it may find the next time.
  return seen && !seen.deleted ? undefined : { localId, native, deleted: true };
}

/** Whether the record has been read in between with what was sent, by whichever process, and has been edited again since. */
export async function wasSeenWritten(
  delivery: Delivery,
  intent: Intent,
  shadow: Shadow | undefined,
): Promise<boolean> {
  const { hub, system, type } = delivery;
  const record = { system: system.name, entity: type.name, localId: intent.localId ?? "" };
  const sightings = await selectSightingsOf(hub.db, record, shadow?.observationNumber ?? 0);
  for (const sighting of sightings)
    if ((await fieldsThatArrived(delivery, intent, sighting, shadow)).length > 0) return true;
  return false;
}
