import type { Observation } from "../adapter-kit/contract.ts";
import { insertHops } from "../store/hops.ts";
import { closeIntent, countProbe, type Intent } from "../store/intents.ts";
import { drawObservationNumbers, selectShadows } from "../store/shadows.ts";
import { deferWish, type Wish } from "../store/wishes.ts";
import { adoptCreated } from "./adopt-found.ts";
import { fieldsOvertaken, fieldsThatArrived, sentFields } from "./arrived.ts";
import { commitWritten } from "./commit-written.ts";
import type { Delivery } from "./delivery.ts";
import { parkWish } from "./park-wish.ts";
import { madeSince, wasSeenWritten } from "./seen-since.ts";

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
  const found = hits.map((hit) => hit.observation);
  const made = await madeSince(delivery, wish, found);
  if (made.length > 0) {
    await adoptCreated(delivery, wish, intent, made, number);
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
