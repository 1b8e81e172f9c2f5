import type { Observation, WriteOutcome } from "../adapter-kit/contract.ts";
import { acceptObservations } from "../receive/accept.ts";
import { insertHops } from "../store/hops.ts";
import { closeIntent, type Intent } from "../store/intents.ts";
import { drawObservationNumbers } from "../store/shadows.ts";
import { deferWish } from "../store/wishes.ts";
import { commitAllWritten, type Written } from "./commit-written.ts";
import { countRetries, type Delivery, type Prepared } from "./delivery.ts";
import { lookFirst } from "./look-first.ts";
import { parkWishIn } from "./park-wish.ts";

export type Sent = Prepared & {
  intent: Pick<Intent, "id" | "kind">;
  /** Drawn after the answer arrived. */
  number: number;
  outcome: WriteOutcome;
  /** The record as answered or read back. */
  observation: Observation | undefined;
};

const SOON_MS = 200;

/** Puts on record what became of the writes of one call. In their order: whether that succeeded. */
export async function commitOutcomes(
  delivery: Delivery,
  sent: readonly Sent[],
): Promise<PromiseSettledResult<void>[]> {
  const writes = sent.map((one) => writtenOf(one));
  const committed = await commitAllWritten(
    delivery,
    writes.filter((write) => write !== undefined),
  );
  const { hub, system, type } = delivery;
  const taken = committed.filter(({ status }) => status === "fulfilled").length;
  hub.meter.counters.add("nave_records_written_total", { system: system.name, entity: type.name }, taken);
  const results: PromiseSettledResult<void>[] = [];
  for (const [index, one] of sent.entries()) {
    const result = writes[index]
      ? committed.shift()
      : (await Promise.allSettled([commitFailure(delivery, one)]))[0];
    if (result) results.push(result);
  }
  return results;
}

function writtenOf(sent: Sent): Written | undefined {
  const { outcome, observation } = sent;
  if (outcome.kind !== "written") return undefined;
  return {
    ...sent,
    sent: sent.paths,
    localId: outcome.localId,
    observation: observation ?? removed(sent, outcome.localId),
    intentId: sent.intent.id,
    kind: sent.intent.kind,
    how: PAST[sent.intent.kind],
    finished: true,
  };
}

async function commitFailure(delivery: Delivery, sent: Sent): Promise<void> {
  const { outcome } = sent;
  if (outcome.kind === "stale" || outcome.kind === "unavailable" || outcome.kind === "unknown")
    countRetries(delivery, 1);
  switch (outcome.kind) {
    case "written":
      return;
    case "stale":
      await failIntent(delivery, sent, "somebody wrote there in between; reading it afresh");
      await lookFirst(delivery, [{ wish: sent.wish, localId: sent.localId ?? "" }]);
      return;
    case "missing":
      return takeInAbsence(delivery, sent);
    case "duplicate":
      await takeInCandidates(delivery, outcome.candidates);
      return refuse(delivery, sent, {
        text: `${outcome.text} (held by ${outcome.candidates.join(", ") || "a record it does not name"})`,
      });
    case "refused":
      return refuse(delivery, sent, outcome);
    case "unavailable":
      await failIntent(delivery, sent, outcome.text);
      await deferWish(
        delivery.hub.db,
        sent.wish,
        delivery.claim,
        Math.max(delivery.system.waitMs, SOON_MS),
        false,
        { text: outcome.text },
      );
      return;
    case "unknown":
      return leaveOpen(delivery, sent, outcome.text);
  }
}

const PAST = { create: "created", update: "updated", archive: "removed" } as const;

/** A record that was archived or deleted need not be readable any more. */
function removed(sent: Sent, localId: string): Observation | undefined {
  if (sent.intent.kind !== "archive") return undefined;
  return { localId, native: sent.shadow?.native ?? {}, deleted: true };
}

async function failIntent(delivery: Delivery, sent: Sent, text: string): Promise<void> {
  await delivery.hub.db.transaction(async (sql) => {
    await closeIntent(sql, sent.intent.id, "failed");
    await insertHops(sql, [hopOf(delivery, sent, "retry", text)]);
  });
}

async function takeInAbsence(delivery: Delivery, sent: Sent): Promise<void> {
  const { hub, system, type, claim } = delivery;
  await failIntent(delivery, sent, `${system.name} has no record ${sent.localId} any more`);
  const [number = 0] = await drawObservationNumbers(hub.db, 1);
  const absent = { localId: sent.localId ?? "", native: sent.shadow?.native ?? {}, deleted: true, number };
  await acceptObservations(hub, system, type.name, [absent]);
  await deferWish(hub.db, sent.wish, claim, SOON_MS, false, null);
}

/** The target holds records with the same natural key: they are looked at, so that matching can link one of them. */
async function takeInCandidates(
  { hub, system, type }: Delivery,
  candidates: readonly string[],
): Promise<void> {
  if (candidates.length === 0) return;
  const numbers = await drawObservationNumbers(hub.db, candidates.length);
  const seen = await system
    .ask((signal) => system.spoke.read(type.name, [...candidates], signal))
    .catch(() => []);
  await acceptObservations(
    hub,
    system,
    type.name,
    seen.map((observation, index) => ({ ...observation, number: numbers[index] ?? 0 })),
  );
}

async function refuse(
  delivery: Delivery,
  sent: Sent,
  refusal: {
    text: string;
    field?: string;
    value?: Parameters<typeof parkWishIn>[3]["value"];
    accepts?: string;
  },
): Promise<void> {
  await delivery.hub.db.transaction(async (sql) => {
    await closeIntent(sql, sent.intent.id, "failed");
    await parkWishIn(sql, delivery, sent.wish, {
      code: "NAVE_RECORD_REFUSED",
      text: refusal.text,
      field: refusal.field,
      value: refusal.value,
      accepts: refusal.accepts,
    });
  });
}

/** The intent stays open: after the settle time the target is asked. */
async function leaveOpen(delivery: Delivery, sent: Sent, text: string): Promise<void> {
  const { hub, system, claim } = delivery;
  await deferWish(hub.db, sent.wish, claim, system.manifest.limits.settleMs, false, { text });
  await insertHops(hub.db, [
    hopOf(delivery, sent, "retry", `no answer that tells (${text}); asking again after the settle time`),
  ]);
}

function hopOf({ system, type }: Delivery, sent: Sent, step: "retry", text: string) {
  return {
    correlationId: sent.wish.correlationId,
    messageId: sent.wish.messageId,
    entity: type.name,
    canonicalId: sent.wish.canonicalId,
    system: system.name,
    localId: sent.localId ?? null,
    step,
    text,
  };
}
