import type { Observation } from "../adapter-kit/contract.ts";
import { insertHops } from "../store/hops.ts";
import { closeIntent, countProbe, type Intent } from "../store/intents.ts";
import { selectSightingsByProbe, selectSightingsOf } from "../store/messages.ts";
import { drawObservationNumbers, type Shadow, selectFingerprints, selectShadows } from "../store/shadows.ts";
import { deferWish, type Wish } from "../store/wishes.ts";
import { adoptCreated } from "./adopt-found.ts";
import { fieldsOvertaken, fieldsThatArrived, sentFields } from "./arrived.ts";
import { commitWritten } from "./commit-written.ts";
import type { Delivery } from "./delivery.ts";
import { parkWish } from "./park-wish.ts";

const PROBES_NEEDED = 2;
const LEAST_PROBE_GAP_MS = 250;

/**
 * Finds out what became of a write whose answer never arrived, or whose process died.
 *
 * Nothing is asked before the target's settle time has passed: the request may still be running there. A create is
 * looked for by its probe key; "not found" counts when it was said twice. Without a probe its fate is in doubt, for a
 * person. An update or removal is read back: what the record holds tells.
 */
export async function recoverIntent(delivery: Delivery, wish: Wish, intent: Intent): Promise<void> {
  const { hub, system, claim } = delivery;
  const settledAt = intent.createdAt.getTime() + system.manifest.limits.settleMs;
  const early = settledAt - Date.now();
  if (intent.state === "open" && early > 0) {
    await deferWish(hub.db, wish, claim, early + 1, false, null);
    return;
  }
  if (intent.kind === "create") await recoverCreate(delivery, wish, intent);
  else await recoverChange(delivery, wish, intent);
}

async function recoverCreate(delivery: Delivery, wish: Wish, intent: Intent): Promise<void> {
  const { hub, system, type, claim } = delivery;
  const findByProbe = system.spoke.findByProbe?.bind(system.spoke);
  if (!findByProbe || !system.capability(type.name).probe) {
    const text = `the answer to its creation was lost, and ${system.name} offers no field to find it by. Look there; retry only if it is missing`;
    await closeIntent(hub.db, intent.id, "in-doubt");
    await parkWish(delivery, wish, { code: "NAVE_WRITE_IN_DOUBT", text });
    return;
  }
  const [number = 0] = await drawObservationNumbers(hub.db, 1);
  const hits = await system.ask((signal) => findByProbe(type.name, [wish.canonicalId], signal));
  const made = await withoutFormerLives(
    delivery,
    hits.map((hit) => hit.observation),
  );
  if (made.length > 0) {
    await adoptCreated(delivery, wish, intent, made, number);
    return;
  }
  const gone = await seenAndGone(delivery, wish);
  if (gone) {
    await adoptCreated(delivery, wish, intent, [gone], number);
    return;
  }
  const probes = await countProbe(hub.db, intent.id);
  const certain = probes >= PROBES_NEEDED;
  if (certain) await closeIntent(hub.db, intent.id, "failed");
  const gapMs = certain ? 0 : Math.max(LEAST_PROBE_GAP_MS, system.manifest.limits.settleMs / 4);
  await insertHops(hub.db, [
    hopOf(delivery, wish, `not found in ${system.name} (${probes} of ${PROBES_NEEDED})`),
  ]);
  await deferWish(hub.db, wish, claim, gapMs, false, null);
}

/** What is there counts; else what was there and is gone again, unless it is known from before this create. */
async function withoutFormerLives(
  { hub, system, type }: Delivery,
  hits: readonly Observation[],
): Promise<Observation[]> {
  const living = hits.filter((hit) => !hit.deleted);
  if (living.length > 0 || hits.length === 0) return living;
  const ids = hits.map((hit) => hit.localId);
  const known = await selectFingerprints(hub.db, system.name, type.name, ids);
  return hits.filter((hit) => !known.has(hit.localId));
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

async function recoverChange(delivery: Delivery, wish: Wish, intent: Intent): Promise<void> {
  const { hub, system, type } = delivery;
  const localId = intent.localId ?? "";
  const [number = 0] = await drawObservationNumbers(hub.db, 1);
  const seen = await system.ask((signal) => system.spoke.read(type.name, [localId], signal));
  const shadow = (await selectShadows(hub.db, system.name, type.name, [localId])).get(localId);
  const observation: Observation = seen[0] ?? { localId, native: shadow?.native ?? {}, deleted: true };
  const arrived = await fieldsThatArrived(delivery, intent, observation, shadow);
  const hasArrived = arrived.length > 0 || (await wasSeenWritten(delivery, intent, shadow));
  await commitWritten(delivery, {
    wish,
    wished: sentFields(intent),
    sent: arrived,
    // A write arrives whole or not at all.
    ...(hasArrived && { overtaken: fieldsOvertaken(intent, arrived) }),
    localId,
    observation,
    number,
    intentId: intent.id,
    kind: intent.kind,
    how: hasArrived ? "found written" : "found not written",
    finished: false,
  });
}

/** Whether the record has been read in between with what was sent, by whichever process, and has been edited again since. */
async function wasSeenWritten(
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

function hopOf({ system, type }: Delivery, wish: Wish, text: string) {
  return {
    correlationId: wish.correlationId,
    messageId: wish.messageId,
    entity: type.name,
    canonicalId: wish.canonicalId,
    system: system.name,
    localId: null,
    step: "probed" as const,
    text,
  };
}
