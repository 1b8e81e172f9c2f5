import type { Observation } from "../adapter-kit/contract.ts";
import { acceptObservations } from "../receive/accept.ts";
import { fingerprint } from "../receive/fingerprint.ts";
import { drawObservationNumbers, selectFingerprints } from "../store/shadows.ts";
import { deferWish, type Wish } from "../store/wishes.ts";
import type { Delivery } from "./delivery.ts";

const AFTER_MERGE_MS = 200;
const MOST_DOUBLINGS = 8;

/**
 * Reads records afresh before they are written. What differs from the shadow is taken in as an observation first; its
 * wish goes back and is compared again once that has been merged.
 *
 * @param which  `all`: the shadow is not to be trusted, every wish goes back. `changed-only`: those that still are as
 *               believed may be written now.
 * @returns the wishes that went back.
 */
export async function lookFirst(
  delivery: Delivery,
  records: readonly { wish: Wish; localId: string }[],
  which: "all" | "changed-only" = "all",
): Promise<Set<Wish>> {
  const back = new Set<Wish>();
  if (records.length === 0) return back;
  const { hub, system, type, claim } = delivery;
  const localIds = records.map((record) => record.localId);
  const numbers = await drawObservationNumbers(hub.db, localIds.length);
  const seen = await system.ask((signal) => system.spoke.read(type.name, localIds, signal));
  const byId = new Map(seen.map((observation) => [observation.localId, observation]));
  const known = await selectFingerprints(hub.db, system.name, type.name, localIds);
  const news: (Observation & { number: number })[] = [];
  for (const [index, { wish, localId }] of records.entries()) {
    const observation: Observation = byId.get(localId) ?? { localId, native: {}, deleted: true };
    const shadow = known.get(localId);
    const same =
      shadow?.known && shadow.fingerprint === fingerprint(observation.native, observation.deleted ?? false);
    if (same && which === "changed-only") continue;
    news.push({ ...observation, number: numbers[index] ?? 0 });
    back.add(wish);
  }
  await acceptObservations(hub, system, type.name, news);
  for (const wish of back) await deferWish(hub.db, wish, claim, afterMergeMs(wish), true, null);
  return back;
}

/** What was seen may be parked there, or be edited again and again: the wish comes back less and less often. */
function afterMergeMs({ attempts }: Wish): number {
  return AFTER_MERGE_MS * 2 ** Math.min(attempts, MOST_DOUBLINGS);
}
