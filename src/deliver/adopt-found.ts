import type { Observation } from "../adapter-kit/contract.ts";
import { acceptObservations } from "../receive/accept.ts";
import { linkRecord, relinkRecord } from "../store/cross-references.ts";
import type { Intent } from "../store/intents.ts";
import { drawObservationNumbers } from "../store/shadows.ts";
import { deferWish, type Wish } from "../store/wishes.ts";
import { fieldsOvertaken, fieldsThatArrived, sentFields } from "./arrived.ts";
import { commitWritten } from "./commit-written.ts";
import type { Delivery, Prepared } from "./delivery.ts";
import { parkWish } from "./park-wish.ts";

const AFTER_MERGE_MS = 200;
const RECOVERY_LOOK_MS = 5000;

/**
 * Before anything is created, the target is asked whether it holds a record with our key already: after a restore of the
 * hub, or when an answer was lost in another life. What is found is adopted instead of created.
 *
 * @returns the writes that remain to be sent.
 */
export async function adoptFound(
  delivery: Delivery,
  prepared: readonly Prepared[],
  handled: (wish: Wish) => void,
): Promise<Prepared[]> {
  const { hub, system, type } = delivery;
  const creates = prepared.filter((one) => one.request.kind === "create");
  const findByProbe = system.spoke.findByProbe?.bind(system.spoke);
  if (creates.length === 0) return [...prepared];
  if (!findByProbe || !system.capability(type.name).probe) return holdInRecovery(delivery, prepared, handled);
  const [number = 0] = await drawObservationNumbers(hub.db, 1);
  const keys = creates.map((one) => one.wish.canonicalId);
  const all = await system.ask((signal) => findByProbe(type.name, keys, signal));
  const living = all.filter((hit) => !hit.observation.deleted);
  const found = Map.groupBy(living, (hit) => hit.probeKey);
  for (const one of creates) {
    const hits = found.get(one.wish.canonicalId);
    if (!hits) continue;
    handled(one.wish);
    const [hit] = hits;
    if (hit && hits.length === 1) await takeIn(delivery, one.wish, hit.observation, number);
    else
      await reportSeveral(
        delivery,
        one.wish,
        hits.map((each) => each.observation),
      );
  }
  return prepared.filter((one) => !found.has(one.wish.canonicalId));
}

/** What cannot be looked for is not created while the system may hold it already. */
async function holdInRecovery(
  { hub, system, claim }: Delivery,
  prepared: readonly Prepared[],
  handled: (wish: Wish) => void,
): Promise<Prepared[]> {
  if (!system.inRecovery) return [...prepared];
  for (const { wish, request } of prepared) {
    if (request.kind !== "create") continue;
    handled(wish);
    const text = `${system.name} is in recovery and offers no field to find records by: nothing is created until it has been compared`;
    await deferWish(hub.db, wish, claim, RECOVERY_LOOK_MS, false, { text });
  }
  return prepared.filter((one) => one.request.kind !== "create");
}

/**
 * A record of ours that this store knows nothing of: linked, and taken in like a first contact, so that edits made there
 * meanwhile count.
 */
async function takeIn(
  delivery: Delivery,
  wish: Wish,
  observation: Observation,
  number: number,
): Promise<void> {
  const { hub, system, type, claim } = delivery;
  const { localId } = observation;
  await linkRecord(hub.db, type.name, system.name, localId, wish.canonicalId);
  await relinkRecord(hub.db, type.name, system.name, localId, wish.canonicalId);
  await acceptObservations(hub, system, type.name, [{ ...observation, number }]);
  await deferWish(hub.db, wish, claim, AFTER_MERGE_MS, false, null);
}

/** What a create made before its answer was lost: one record is ours, several are for a person. */
export async function adoptCreated(
  delivery: Delivery,
  wish: Wish,
  intent: Intent,
  hits: readonly Observation[],
  number: number,
): Promise<void> {
  const [observation] = hits;
  if (!observation || hits.length > 1) return reportSeveral(delivery, wish, hits);
  const arrived = await fieldsThatArrived(delivery, intent, observation, undefined);
  await commitWritten(delivery, {
    wish,
    wished: sentFields(intent),
    sent: arrived,
    overtaken: fieldsOvertaken(intent, arrived),
    localId: observation.localId,
    observation,
    number,
    intentId: intent.id,
    kind: intent.kind,
    how: "found created",
    finished: false,
  });
}

async function reportSeveral(delivery: Delivery, wish: Wish, hits: readonly Observation[]): Promise<void> {
  const ids = hits.map((hit) => hit.localId).join(", ");
  const text = `${hits.length} records carry the hub's key for it: ${ids}. Remove all but one there, then retry`;
  await parkWish(delivery, wish, { code: "NAVE_WRITE_IN_DOUBT", text });
}
