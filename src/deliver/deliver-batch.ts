import { randomUUID } from "node:crypto";
import type { Observation, WriteOutcome } from "../adapter-kit/contract.ts";
import { NaveError, toNaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import { readTogether } from "../store/batching.ts";
import { insertIntents, type NewIntent, type SentStory, selectUnsettledIntents } from "../store/intents.ts";
import { drawObservationNumbers } from "../store/shadows.ts";
import { claimWishes, deferWish, renewClaims, shelveWish, type Wish } from "../store/wishes.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";
import { adoptFound } from "./adopt-found.ts";
import { commitOutcomes, type Sent } from "./commit-outcome.ts";
import { countRetries, type Delivery, type Prepared } from "./delivery.ts";
import { deletesStayLocal, readKnown } from "./known-records.ts";
import { lookFirst } from "./look-first.ts";
import { planWish } from "./plan-wish.ts";
import { prepareWrite } from "./prepare-write.ts";
import { recoverIntent } from "./recover-intent.ts";
import { settleNothing } from "./settle-nothing.ts";

/** A flow takes that long where it does nothing but merge and route. */
const ARRIVES_SOON_MS = 200;

let claims = 0;

/**
 * Delivers the wishes of one entity to one system: claims them, compares each with what the system holds, records the
 * intents, writes, reads back, and commits each record on its own.
 */
export async function deliverBatch(
  hub: Hub,
  system: ConnectedSystem,
  entity: string,
  canonicalIds: readonly string[],
): Promise<void> {
  claims += 1;
  const claim = `${hub.workerId}#${claims}`;
  const claimMs = claimMsOf(system);
  const keys = canonicalIds.map((canonicalId) => ({ entity, canonicalId }));
  const wishes = await claimWishes(hub.db, system.name, keys, claim, claimMs);
  if (wishes.length === 0) return;
  const delivery: Delivery = { hub, system, type: hub.model.entity(entity), claim };
  const handled = new Set<Wish>();
  try {
    const prepared = await prepare(delivery, wishes, (wish) => handled.add(wish));
    await write(delivery, prepared, (wish) => handled.add(wish));
  } catch (thrown) {
    await putBack(
      delivery,
      wishes.filter((wish) => !handled.has(wish)),
      thrown,
    );
  }
}

/** Three quarters of it are longer than a write and what goes with it can take. */
const claimMsOf = (system: ConnectedSystem) => system.manifest.limits.timeoutMs * 3 + 10_000;

/** Everything that can be settled without a write is; the rest comes back ready to be sent. */
async function prepare(
  delivery: Delivery,
  wishes: readonly Wish[],
  handled: (wish: Wish) => void,
): Promise<Prepared[]> {
  const { hub, system, type } = delivery;
  const looking: { wish: Wish; localId: string }[] = [];
  const prepared = await readTogether(hub.db, wishes, async (sql, wish) => {
    const intents = await selectUnsettledIntents(sql, system.name, type.name, [wish.canonicalId]);
    const intent = intents.get(wish.canonicalId);
    const known = await readKnown(sql, wish);
    const plan = intent ? undefined : planWish(system, type, wish, known, deletesStayLocal(hub, type.name));
    if (intent) await recoverIntent(delivery, wish, intent);
    else if (plan?.do === "nothing") await settleNothing(delivery, wish, plan.because);
    else if (plan?.do === "look") looking.push({ wish, localId: plan.localId });
    else if (plan?.do === "let it arrive")
      await deferWish(hub.db, wish, delivery.claim, ARRIVES_SOON_MS, false, null);
    else if (plan?.do === "wait") await waitForDecision(delivery, wish, plan.because);
    else if (plan) {
      const ready = await prepareWrite(delivery, sql, wish, plan, known.refused);
      if (ready) return ready;
    }
    if (plan?.do !== "look") handled(wish);
    return undefined;
  });
  await lookFirst(delivery, looking);
  for (const { wish } of looking) handled(wish);
  const ready = prepared.filter((one) => one !== undefined);
  return lookBeforeBlindUpdates(delivery, ready, handled);
}

async function waitForDecision(
  { hub, system, type, claim }: Delivery,
  wish: Wish,
  because: string,
): Promise<void> {
  const text = `${type.name} ${wish.canonicalId} is not made in ${system.name} yet: it ${because}`;
  await shelveWish(hub.db, wish, claim, "waiting", { code: "NAVE_MATCH_UNDECIDED", text });
}

/** Without a lock token, an update goes out only if the record still is what the hub believes it to be. */
async function lookBeforeBlindUpdates(
  delivery: Delivery,
  prepared: readonly Prepared[],
  handled: (wish: Wish) => void,
): Promise<Prepared[]> {
  if (delivery.system.capability(delivery.type.name).lockToken) return [...prepared];
  const updates = prepared.filter((one) => one.request.kind !== "create");
  const changed = await lookFirst(
    delivery,
    updates.map(({ wish, localId }) => ({ wish, localId: localId ?? "" })),
    "changed-only",
  );
  for (const wish of changed) handled(wish);
  return prepared.filter((one) => !changed.has(one.wish));
}

async function write(
  delivery: Delivery,
  prepared: readonly Prepared[],
  handled: (wish: Wish) => void,
): Promise<void> {
  const { system } = delivery;
  const toSend = await adoptFound(delivery, prepared, handled);
  for (let at = 0; at < toSend.length; at += system.manifest.limits.batchSize) {
    await writeGroup(delivery, toSend.slice(at, at + system.manifest.limits.batchSize), handled);
  }
}

async function writeGroup(
  delivery: Delivery,
  group: readonly Prepared[],
  handled: (wish: Wish) => void,
): Promise<void> {
  const { hub, system } = delivery;
  const intents = group.map((one) => intentOf(delivery, one));
  const outcomes = await send(delivery, group, intents, handled);
  hub.reached("answered");
  await openCircuit(system, outcomes);
  const seen = await readBack(delivery, outcomes);
  const [number = 0] = await drawObservationNumbers(hub.db, 1);
  const sent = group.map((one, index): Sent => {
    const text = `${system.name} gave no outcome for this record`;
    const outcome = outcomes[index] ?? { kind: "unknown", text };
    const observation =
      outcome.kind === "written" ? (outcome.observation ?? seen.get(outcome.localId)) : undefined;
    return { ...one, intent: intents[index] as NewIntent, number, outcome, observation };
  });
  for (const [index, result] of (await commitOutcomes(delivery, sent)).entries()) {
    const one = group[index];
    if (one && result.status === "rejected") await giveBack(delivery, one.wish, result.reason);
  }
  hub.reached("committed");
}

/** What became of its write could not be put on record: the open intent lets the target be asked. */
async function giveBack({ hub, system, type, claim }: Delivery, wish: Wish, thrown: unknown): Promise<void> {
  const { message } = toNaveError(thrown);
  const { canonicalId, correlationId } = wish;
  hub.log.error({ system: system.name, entity: type.name, canonicalId, correlationId }, message);
  await deferWish(hub.db, wish, claim, system.manifest.limits.settleMs, true, { text: message });
}

/** Once for the whole group: it was one call. An exception has opened it already. */
async function openCircuit(system: ConnectedSystem, outcomes: readonly WriteOutcome[]): Promise<void> {
  const told = outcomes.find(({ kind }) => kind === "unavailable" || kind === "unknown");
  if (told === undefined || system.waitMs > 0) return;
  if (told.kind === "unavailable") await system.unavailable(told.text, told.retryAfterMs);
  else if (told.kind === "unknown") await system.unavailable(told.text);
}

function intentOf(delivery: Delivery, one: Prepared): NewIntent {
  const { request, wish } = one;
  return {
    id: randomUUID(),
    system: delivery.system.name,
    entity: delivery.type.name,
    canonicalId: wish.canonicalId,
    kind: request.kind === "delete" ? ("archive" as const) : request.kind,
    localId: one.localId ?? null,
    request: request.kind === "create" ? request.body : request.kind === "update" ? request.changes : {},
    sent: Object.fromEntries(one.paths.map((path) => [path, one.wished.get(path) ?? null])),
    wishRevision: wish.revision,
    claimedBy: delivery.claim,
  };
}

function storyOf({ system }: Delivery, { request, wish }: Prepared): SentStory {
  return {
    correlationId: wish.correlationId,
    messageId: wish.messageId,
    text: `${request.kind} in ${system.name}`,
    before:
      request.kind === "update"
        ? Object.fromEntries(Object.keys(request.changes).map((name) => [name, request.held[name] ?? null]))
        : null,
  };
}

/**
 * Records the intents when the request's turn has come, not before: the settle time counts from there. A batch that ends
 * in an exception after that may have been written in part: every record's fate is unknown.
 *
 * @throws what kept the intents from being recorded; nothing was sent then.
 */
async function send(
  delivery: Delivery,
  group: readonly Prepared[],
  intents: readonly NewIntent[],
  handled: (wish: Wish) => void,
): Promise<WriteOutcome[]> {
  const { hub, system, type } = delivery;
  let isRecorded = false;
  try {
    return await system.ask(async (signal) => {
      const decidedAt = performance.now();
      await recordIntents(delivery, group, intents);
      isRecorded = true;
      refuseTooLate(system, performance.now() - decidedAt);
      hub.reached("intent");
      for (const one of group) handled(one.wish);
      const requests = group.map((one) => one.request);
      const answer = system.spoke.write(type.name, requests, signal);
      hub.reached("sent");
      return await answer;
    });
  } catch (thrown) {
    if (!isRecorded) throw thrown;
    const { message } = toNaveError(thrown);
    return group.map(() => ({ kind: "unknown", text: message }));
  }
}

/**
 * A process that was stopped in between must not send what others have given up since: after the settle time the target
 * is asked, and somebody else may write.
 */
function refuseTooLate(system: ConnectedSystem, heldUpMs: number): void {
  if (heldUpMs <= system.manifest.limits.timeoutMs) return;
  const text = `held up for ${Math.round(heldUpMs)} ms before anything was sent to ${system.name}`;
  throw new NaveError("NAVE_HUB_UNAVAILABLE", text);
}

/** @throws NAVE_WRITE_UNDER_WAY when one of the claims is lost: somebody else may be writing by now. */
async function recordIntents(
  delivery: Delivery,
  group: readonly Prepared[],
  intents: readonly NewIntent[],
): Promise<void> {
  const { system, claim } = delivery;
  const { db, without } = delivery.hub;
  await db.transaction(async (sql) => {
    const wishes = group.map((one) => one.wish);
    const claimMs = claimMsOf(system);
    const held = await renewClaims(sql, system.name, wishes, claim, { claimMs, neededMs: claimMs * 0.75 });
    if (held < group.length)
      throw new NaveError("NAVE_WRITE_UNDER_WAY", `${group.length - held} claims were lost before the write`);
    const told = group.map((one, index) => ({ ...(intents[index] as NewIntent), ...storyOf(delivery, one) }));
    await insertIntents(sql, told, !without?.has("intent"));
  });
}

/** Reads what was written where the answers did not show it. What cannot be read now is read before the next write. */
async function readBack(
  { system, type }: Delivery,
  outcomes: readonly WriteOutcome[],
): Promise<Map<string, Observation>> {
  const localIds = outcomes.flatMap((outcome) =>
    outcome.kind === "written" && !outcome.observation ? [outcome.localId] : [],
  );
  if (localIds.length === 0) return new Map();
  const seen = await system.ask((signal) => system.spoke.read(type.name, localIds, signal)).catch(() => []);
  return new Map(seen.map((observation) => [observation.localId, observation]));
}

/** Nothing was sent for these: they are due again, the system permitting. */
async function putBack(delivery: Delivery, wishes: readonly Wish[], thrown: unknown): Promise<void> {
  const { hub, system, claim } = delivery;
  const error = toNaveError(thrown);
  const correlationIds = wishes.map(({ correlationId }) => correlationId);
  hub.log.warn(
    { system: system.name, wishes: wishes.length, code: error.code, correlationIds },
    `put back: ${error.message}`,
  );
  countRetries(delivery, wishes.length);
  for (const wish of wishes) {
    const delayMs = Math.max(system.waitMs, 500);
    await deferWish(hub.db, wish, claim, delayMs, false, { code: error.code, text: error.message });
  }
}
