import type { Json, Observation } from "../adapter-kit/contract.ts";
import { flatten, sameField, unflatten } from "../canonical/fields.ts";
import type { FieldPath, Fields } from "../canonical/types.ts";
import { NaveError, toNaveError } from "../errors.ts";
import { resolveReferences } from "../identity/references.ts";
import { believeReadBack } from "../merge/deliverable.ts";
import { arrivalMessage, recordArrival } from "../receive/accept.ts";
import { fingerprint } from "../receive/fingerprint.ts";
import { makeStorable } from "../receive/storable.ts";
import { transactTogether } from "../store/batching.ts";
import type { Sql } from "../store/database.ts";
import type { Intent } from "../store/intents.ts";
import { insertUnpublished, type NewMessage } from "../store/messages.ts";
import { settleWrite } from "../store/settle-write.ts";
import {
  distrustShadow,
  drawObservationNumber,
  lockShadow,
  type Shadow,
  upsertShadow,
} from "../store/shadows.ts";
import type { Wish } from "../store/wishes.ts";
import type { Delivery } from "./delivery.ts";

/** A write that is known to have happened. */
export type Written = {
  wish: Wish;
  wished: Fields;
  /** Canonical fields that were sent. */
  sent: readonly FieldPath[];
  /** Fields that arrived as well and no longer hold what was sent: somebody has edited them there since. */
  overtaken?: Fields;
  localId: string;
  /** The record as answered or read back; absent: read it before the next write. */
  observation: Observation | undefined;
  /** Drawn after the answer arrived: older observations are outdated. */
  number: number;
  intentId: string | undefined;
  kind: Intent["kind"];
  how: string;
  /** False when the wish has to be compared once more before it counts as met. */
  finished: boolean;
};

/**
 * Shadow, cross reference, intent and wish in one transaction; an edit seen on the way is taken in as an observation. Where
 * the claim was lost meanwhile, what was seen may be out of date, and nothing of it is believed: the record is read again.
 */
export async function commitWritten(delivery: Delivery, written: Written): Promise<void> {
  const [result] = await commitAllWritten(delivery, [written]);
  if (result?.status === "rejected") throw result.reason;
}

/** The same for many writes together. In their order: whether it is on record. */
export async function commitAllWritten(
  delivery: Delivery,
  writes: readonly Written[],
): Promise<PromiseSettledResult<void>[]> {
  const results = await transactTogether(delivery.hub.db, writes, (sql, written) =>
    commitOne(delivery, sql, written),
  );
  const { hub, system, type } = delivery;
  for (const [index, result] of results.entries()) {
    const localId = writes[index]?.localId;
    if (result.status === "fulfilled" || localId === undefined || !isClaimLost(result.reason)) continue;
    await distrustShadow(hub.db, system.name, type.name, localId);
    results[index] = { status: "fulfilled", value: undefined };
  }
  return results;
}

const isClaimLost = (reason: unknown) => toNaveError(reason).code === "NAVE_WRITE_UNDER_WAY";

async function commitOne(delivery: Delivery, sql: Sql, given: Written): Promise<void> {
  const { system, type, claim } = delivery;
  const written = { ...given, observation: keepable(given.observation) };
  const { wish, localId, intentId, finished, observation } = written;
  const made = written.kind === "create";
  // What was taken in since the write was planned is known by now, and no edit of this moment. What was known under the id
  // of a new record was another one's.
  const known = await lockShadow(sql, system.name, type.name, localId);
  const isUnderstood = await believe(delivery, sql, written, made ? undefined : known);
  const text = `${written.how} as ${system.name}/${localId}`;
  const isFinished = finished && isUnderstood;
  const held = await settleWrite(sql, {
    wish,
    claim,
    localId,
    made,
    intentId,
    finished: isFinished,
    text,
    isSeen: observation !== undefined,
  });
  if (!held)
    throw new NaveError("NAVE_WRITE_UNDER_WAY", `the claim of ${type.name} ${wish.canonicalId} was lost`);
}

/** What the store cannot keep counts as not seen: the next poll parks the record, with the reason. */
function keepable(observation: Observation | undefined): Observation | undefined {
  return observation && makeStorable(observation).problems.length === 0 ? observation : undefined;
}

/** @returns false when what was read back has to be compared with the wish once more. */
async function believe(
  delivery: Delivery,
  sql: Sql,
  written: Written,
  shadow: Shadow | undefined,
): Promise<boolean> {
  const { system, type } = delivery;
  const { observation, wished, sent } = written;
  const base = {
    system: system.name,
    entity: type.name,
    localId: written.localId,
    observationNumber: written.number,
  };
  if (!observation) {
    if (shadow) await distrustShadow(sql, system.name, type.name, written.localId);
    else await upsertShadow(sql, { ...UNSEEN, ...base });
    return true;
  }
  const translated = system.mapping(type.name).toCanonical(observation.native);
  const { fields: readBack } = await resolveReferences(sql, type, translated.body);
  const before = new Map(shadow ? flatten(type, shadow.canonical) : []);
  // What is not there at all is no edit for certain: the system may not keep it.
  for (const [path, value] of written.overtaken ?? []) if (readBack.has(path)) before.set(path, value);
  const writtenBefore = new Map<FieldPath, Json>(Object.entries(shadow?.written ?? {}));
  const belief = believeReadBack(before, wished, writtenBefore, readBack, sent, (path, one, other) =>
    sameField(type, path, one, other),
  );
  const seen = {
    ...observation,
    fingerprint: fingerprint(observation.native, observation.deleted ?? false),
  };
  const isRemoved = observation.deleted ?? false;
  const wasRemovedThere = isRemoved && written.kind !== "archive" && !shadow?.deleted;
  const complete = belief.foreign.length === 0 && !wasRemovedThere;
  const news = complete ? undefined : await takeIn(delivery, sql, seen);
  await upsertShadow(sql, {
    ...base,
    native: observation.native,
    canonical: unflatten(type, belief.held),
    written: Object.fromEntries(belief.written),
    // An edit not yet taken in must not be recognised as known content.
    fingerprint: complete ? seen.fingerprint : "",
    lockToken: observation.lockToken ?? null,
    modifiedAt: observation.modifiedAt ?? null,
    // Nor may it be written over before it has been merged.
    known: news?.state !== "accepted",
    deleted: isRemoved && !wasRemovedThere,
  });
  return belief.strayed.length === 0;
}

/** What was edited there besides our write, or that somebody has removed the record since, becomes a message of its own. */
async function takeIn(
  { hub, system, type }: Delivery,
  sql: Sql,
  observation: Observation & { fingerprint: string },
): Promise<NewMessage> {
  const number = await drawObservationNumber(sql, undefined);
  const message = arrivalMessage(hub, system, type.name, { ...observation, number });
  await insertUnpublished(sql, message);
  await recordArrival(hub, sql, system, [message]);
  return message;
}

const UNSEEN = {
  native: {},
  canonical: {},
  written: {},
  fingerprint: "",
  lockToken: null,
  modifiedAt: null,
  known: false,
  deleted: false,
} satisfies Partial<Shadow>;
