import { randomUUID } from "node:crypto";
import type { JsonObject, Observation } from "../adapter-kit/contract.ts";
import type { Body, Problem } from "../canonical/types.ts";
import type { Hub } from "../hub.ts";
import type { NativeProblem } from "../mapping/types.ts";
import { moveCheckpoint } from "../store/checkpoints.ts";
import type { Sql } from "../store/database.ts";
import { openDeadLetter } from "../store/dead-letters.ts";
import { insertArrivals } from "../store/hops.ts";
import { insertMessages, type NewMessage, selectUnsettled, type Unsettled } from "../store/messages.ts";
import { refreshLockToken, selectFingerprints } from "../store/shadows.ts";
import { selectSightingsOf } from "../store/sightings.ts";
import { insertTraceOrigins } from "../store/trace-origins.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";
import { fingerprint } from "./fingerprint.ts";
import { makeFindable } from "./make-findable.ts";
import { publishMessages } from "./publish.ts";
import { refusalOf } from "./refusal.ts";
import { makeStorable } from "./storable.ts";

/** An observation with the number drawn before its request left, and the trace that its sender had begun, if any. */
export type NumberedObservation = Observation & { number: number; traceparent?: string };

/** The move of a source's checkpoint that belongs to a page. */
export type CheckpointMove = {
  revision: number;
  value: JsonObject;
  scan: "under-way" | "complete" | "complete-full";
};

export type Accepted = { accepted: number; unchanged: number; parked: number; checkpointRevision?: number };

type Prepared = NumberedObservation & {
  fingerprint: string;
  /** What the store cannot keep of it, if anything: `native` is then what it can. */
  unstorable?: readonly NativeProblem[];
};

/**
 * Takes in what a system was seen to hold: what is new becomes messages, in one transaction with the checkpoint, and is
 * then published. What equals the shadow, or a message already under way, is dropped. A record that breaks its mapping
 * or its schema, or holds text that no store keeps, is parked alone, with the reason.
 */
export async function acceptObservations(
  hub: Hub,
  system: ConnectedSystem,
  entity: string,
  observations: readonly NumberedObservation[],
  move?: CheckpointMove,
): Promise<Accepted> {
  const prepared = newestOfEach(observations).map(prepare);
  const takesEchoes = hub.without?.has("echo") ?? false;
  const result = await hub.db.transaction(async (sql) => {
    const fresh = await dropUnchanged(sql, system.name, entity, prepared, takesEchoes);
    const messages = fresh.map((seen) => arrivalMessage(hub, system, entity, seen));
    await insertMessages(sql, messages, true);
    if (hub.traces) await insertTraceOrigins(sql, hub.traces.arriving(messages, fresh));
    await recordArrival(hub, sql, system, messages);
    const revision =
      move && (await moveCheckpoint(sql, system.name, entity, move.revision, move.value, move.scan));
    return { messages, revision };
  });
  hub.reached("accept");
  hub.traces?.arrived(result.messages);
  const live = result.messages.filter((message) => message.state === "accepted");
  const labels = { system: system.name, entity };
  hub.meter.counters.add("nave_records_accepted_total", labels, live.length);
  hub.meter.counters.add("nave_records_refused_total", labels, result.messages.length - live.length);
  await publishMessages(hub, live);
  return {
    accepted: live.length,
    unchanged: observations.length - result.messages.length,
    parked: result.messages.length - live.length,
    ...(result.revision === undefined ? {} : { checkpointRevision: result.revision }),
  };
}

/** Within one page the last sight of a record counts. */
function newestOfEach(observations: readonly NumberedObservation[]): NumberedObservation[] {
  return [...new Map(observations.map((seen) => [seen.localId, seen])).values()];
}

function prepare(observation: NumberedObservation): Prepared {
  const { seen, problems } = makeStorable(observation);
  const recognised = { ...seen, fingerprint: fingerprint(observation.native, observation.deleted ?? false) };
  return problems.length === 0 ? recognised : { ...recognised, unstorable: problems };
}

async function dropUnchanged(
  sql: Sql,
  system: string,
  entity: string,
  seen: readonly Prepared[],
  takesEchoes: boolean,
): Promise<Prepared[]> {
  const ids = seen.map((one) => one.localId);
  const known = await selectFingerprints(sql, system, entity, ids);
  const underWay = await selectUnsettled(sql, system, entity, ids);
  const fresh: Prepared[] = [];
  for (const one of seen) {
    const shadow = known.get(one.localId);
    const pending = underWay.get(one.localId);
    const isKnown = shadow?.known === true && shadow.fingerprint === one.fingerprint;
    const same = pending === undefined ? isKnown : pending.fingerprint === one.fingerprint;
    const neverKnown = one.deleted && !shadow && pending === undefined;
    if ((!same && !neverKnown) || takesEchoes)
      fresh.push(!shadow && one.deleted ? await withLastSight(sql, system, entity, one) : one);
    else if (shadow && lendsToken(isKnown, pending) && one.lockToken !== undefined) {
      if (one.lockToken !== shadow.lockToken)
        await refreshLockToken(sql, system, entity, one.localId, one.lockToken);
    }
  }
  return fresh;
}

/** What is gone before it was merged keeps what it was seen to hold: only that tells which record it was. */
async function withLastSight(sql: Sql, system: string, entity: string, gone: Prepared): Promise<Prepared> {
  if (Object.keys(gone.native).length > 0) return gone;
  const last = (await selectSightingsOf(sql, { system, entity, localId: gone.localId }, 0)).at(-1);
  return last ? { ...gone, native: last.native } : gone;
}

/**
 * Whether the next write may rest on the lock token of this content. Not while it is on its way to be merged: a write would
 * pass that was planned without having seen it. What is parked stays unseen; there the write looks out for itself.
 */
function lendsToken(isKnown: boolean, pending: Unsettled | undefined): boolean {
  return isKnown || pending?.state === "parked" || pending?.state === "dropped";
}

/** The message that an observation becomes; parked when it breaks its mapping or schema. */
export function arrivalMessage(
  hub: Hub,
  system: ConnectedSystem,
  entity: string,
  seen: Prepared,
): NewMessage {
  const unstorable = seen.unstorable ?? [];
  const { body, wrong } =
    seen.deleted || unstorable.length > 0
      ? { body: {}, wrong: seen.deleted ? [] : unstorable }
      : translate(hub, system, entity, seen.native);
  const id = randomUUID();
  return {
    id,
    kind: "observed",
    entity,
    system: system.name,
    localId: seen.localId,
    canonicalId: null,
    observationNumber: seen.number,
    native: seen.native,
    fingerprint: seen.fingerprint,
    body,
    lockToken: seen.lockToken ?? null,
    modifiedAt: seen.modifiedAt ?? null,
    deleted: seen.deleted ?? false,
    state: wrong.length > 0 ? "parked" : "accepted",
    correlationId: id,
    causationId: null,
    error:
      wrong.length > 0
        ? { ...refusalOf(system, entity, seen.localId, wrong), ...(unstorable.length > 0 ? ALTERED : {}) }
        : null,
  };
}

/** Marks a record that is kept otherwise than it was seen: it must not be tried again as it is kept. */
const ALTERED = { altered: true };

/** What a native record says in the hub's own terms, and what is wrong with it. */
export function translate(
  hub: Hub,
  system: ConnectedSystem,
  entity: string,
  native: JsonObject,
): { body: Body; wrong: readonly (Problem | NativeProblem)[] } {
  const { body, problems } = system.mapping(entity).toCanonical(native);
  return { body, wrong: problems.length > 0 ? problems : hub.model.entity(entity).validate(body) };
}

/** Hops of messages just taken in, and dead letters of those that are parked. */
export async function recordArrival(
  hub: Hub,
  sql: Sql,
  system: ConnectedSystem,
  messages: readonly NewMessage[],
): Promise<void> {
  const parked = messages.filter((message) => message.error !== null);
  await makeFindable(hub, sql, parked);
  await insertArrivals(
    sql,
    messages.map((message) => ({
      messageId: message.id,
      text: message.error ? textOf(message.error) : arrivalText(system.name, message),
    })),
  );
  for (const message of parked) await parkArrival(sql, system, message, message.error ?? {});
}

function arrivalText(system: string, message: NewMessage): string {
  return `${system} ${message.deleted ? "no longer has" : "was seen to hold"} ${message.entity} ${message.localId}`;
}

export async function parkArrival(
  sql: Sql,
  system: ConnectedSystem,
  message: Pick<NewMessage, "id" | "entity" | "localId">,
  error: JsonObject,
): Promise<void> {
  await openDeadLetter(sql, {
    subject: `message:${message.id}`,
    system: system.name,
    entity: message.entity,
    canonicalId: null,
    localId: message.localId,
    code: "NAVE_RECORD_INVALID",
    text: textOf(error),
    detail: error,
    owner: system.config.owner,
  });
}

function textOf(error: JsonObject): string {
  return typeof error["text"] === "string" ? error["text"] : JSON.stringify(error);
}
