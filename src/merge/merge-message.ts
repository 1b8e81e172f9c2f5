import { flatten, sameField, unflatten } from "../canonical/fields.ts";
import type { EntityType, Fields } from "../canonical/types.ts";
import { NaveError } from "../errors.ts";
import type { MergeOutcome } from "../flows/hub-port.ts";
import type { Hub } from "../hub.ts";
import { type Identity, identify } from "../identity/identify.ts";
import { resolveReferences } from "../identity/references.ts";
import { transactTogether } from "../store/batching.ts";
import { type CanonicalRecord, lockCanonical } from "../store/canonical-records.ts";
import { linkRecord, relinkRecord } from "../store/cross-references.ts";
import type { Sql } from "../store/database.ts";
import { type Hop, insertHops } from "../store/hops.ts";
import {
  type AnyMessage,
  lockMessage,
  type Message,
  type StoredOutcome,
  storeOutcome,
  suspendMessage,
} from "../store/messages.ts";
import { recordWaits } from "../store/reference-waits.ts";
import {
  lockShadow,
  type SeenInMessage,
  type Shadow,
  selectSeenSinceRestore,
  upsertShadow,
} from "../store/shadows.ts";
import { readSituation } from "../store/situations.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";
import { mayTellOfWrite, refuseDuringWrite } from "./during-write.ts";
import { mergeArrival } from "./merge-arrival.ts";
import { announceChange, saveMerged } from "./save-merged.ts";
import type { MergeResult } from "./types.ts";

/** Merged, or the message now waits for something (the transaction has put that on record). */
type Attempt =
  | {
      outcome: MergeOutcome;
      /** Older than what is known by now, but perhaps seen later. */
      outdated?: Message;
    }
  | { waitsFor: NaveError };

/**
 * Identity, three-way merge, new version, shadow and outcome of each of these messages, in one transaction. A message
 * that was merged before is answered with its stored outcome, and the record as it now stands. In the order of the ids:
 * its outcome, or what was thrown:
 *
 * - NAVE_REFERENCE_MISSING, NAVE_MATCH_UNDECIDED: the message is suspended and continues by itself;
 * - NAVE_WRITE_UNDER_WAY: come back when our own write of that record is over.
 */
export async function mergeMessages(
  hub: Hub,
  messageIds: readonly string[],
): Promise<PromiseSettledResult<MergeOutcome>[]> {
  const results = await transactTogether(hub.db, messageIds, (sql, id) => attemptMerge(hub, sql, id));
  hub.reached("merge");
  for (const result of results) {
    if (result.status === "rejected" || !("outdated" in result.value)) continue;
    const { outdated } = result.value;
    if (outdated) await hub.reread(outdated.system ?? "", outdated.entity, outdated.localId ?? "");
  }
  return results.map((result) => {
    if (result.status === "rejected") return result;
    const attempt = result.value;
    if ("waitsFor" in attempt) return { status: "rejected", reason: attempt.waitsFor };
    return { status: "fulfilled", value: attempt.outcome };
  });
}

async function attemptMerge(hub: Hub, sql: Sql, messageId: string): Promise<Attempt> {
  const message = await lockMessage(sql, messageId);
  if (!message) throw new NaveError("NAVE_FLOW_FAILED", `message ${messageId} does not exist`);
  if (message.outcome) return { outcome: await answerAgain(sql, message, message.outcome) };
  if (message.kind !== "observed") return { outcome: await presentState(sql, message) };
  return mergeObservation(hub, sql, message);
}

/** What changed is what changed then; the record is as it stands now. */
async function answerAgain(
  sql: Sql,
  { id, entity, canonicalId }: AnyMessage,
  stored: StoredOutcome,
): Promise<MergeOutcome> {
  const { body } = stored;
  if (body) return { ...stored, body };
  const record = await lockCanonical(sql, entity ?? "", canonicalId ?? "");
  if (!record) throw new NaveError("NAVE_FLOW_FAILED", `what message ${id} was merged into does not exist`);
  const { version, archived } = record;
  return { ...stored, version, archived, body: record.body };
}

/** What a rerun, an announced change or what has waited goes on with: the record as it stands now. */
async function presentState(sql: Sql, message: AnyMessage): Promise<MergeOutcome> {
  const { entity, canonicalId } = message;
  if (entity === null || canonicalId === null) {
    throw new NaveError("NAVE_CONFIG_INVALID", "what goes on here is no single record that has been merged", {
      accepts: "a merge node before the node that waits",
    });
  }
  const record = await lockCanonical(sql, entity, canonicalId);
  if (!record)
    throw new NaveError("NAVE_FLOW_FAILED", `${message.entity} ${message.canonicalId} does not exist`);
  const outcome = outcomeOf(record, [], false);
  await storeOutcome(sql, { id: message.id, outcome: withoutBody(outcome) });
  return outcome;
}

/** The record has it. */
function withoutBody(outcome: MergeOutcome): StoredOutcome {
  const { canonicalId, version, changed, archived, echo } = outcome;
  return { canonicalId, version, changed, archived, echo };
}

async function mergeObservation(hub: Hub, sql: Sql, message: Message): Promise<Attempt> {
  const system = hub.systems.get(message.system ?? "");
  if (!system)
    throw new NaveError("NAVE_CONFIG_INVALID", `system "${message.system}" is not configured any more`);
  const shadow = await lockShadow(sql, system.name, message.entity, message.localId ?? "");
  const situation = await readSituation(sql, message.id);
  if (situation.hasNewer && !(await mayTellOfWrite(sql, system, message, situation)))
    return { outcome: nothingNew(message) };
  if (shadow && (message.observationNumber ?? 0) < shadow.observationNumber) {
    return { outcome: nothingNew(message), outdated: message };
  }
  const type = hub.model.entity(message.entity);
  const inbound = await resolveReferences(sql, type, message.body);
  if (inbound.missing.length > 0) return suspend(sql, message, missingReference(message, inbound.missing));
  const { fields, optionalMissing } = inbound;
  const identity = await identify(hub, sql, message, type, fields, situation);
  if ("undecided" in identity)
    return suspend(sql, message, undecidedMatch(message, identity.undecided.length));
  const isSecondLife = situation.canonicalId !== null && situation.canonicalId !== identity.canonicalId;
  const { name } = type;
  const localId = message.localId ?? "";
  if (isSecondLife) await relinkRecord(sql, name, system.name, localId, identity.canonicalId);
  const now = isSecondLife ? { ...situation, canonicalId: null, isPrimary: true } : situation;
  await refuseDuringWrite(sql, system, message, identity, now);
  const primary = now.isPrimary ?? (await linkRecord(sql, name, system.name, localId, identity.canonicalId));
  const { catchingUp } = situation;
  const observed = {
    message,
    shadow: isSecondLife ? undefined : shadow,
    fields,
    optionalMissing,
    catchingUp,
  };
  if (!primary || identity.secondary) return { outcome: await keepAside(sql, type, observed, identity) };
  return { outcome: await mergePrimary(hub, sql, system, type, observed, identity) };
}

type Observed = {
  message: Message;
  shadow: Shadow | undefined;
  fields: Fields;
  optionalMissing: Parameters<typeof recordWaits>[2];
  /** The hub's store was restored, and its source is caught up with. */
  catchingUp: boolean;
};

async function mergePrimary(
  hub: Hub,
  sql: Sql,
  system: ConnectedSystem,
  type: EntityType,
  observed: Observed,
  identity: Identity,
): Promise<MergeOutcome> {
  const { message, shadow, fields, catchingUp } = observed;
  const record = await lockCanonical(sql, type.name, identity.canonicalId);
  const others = catchingUp
    ? await selectSeenSinceRestore(sql, type.name, identity.canonicalId, system.name)
    : undefined;
  const merged = mergeArrival(hub, system, type, { record, shadow, message, fields, others });
  await upsertShadow(sql, shadowOf(type, observed, merged.result));
  if (observed.optionalMissing.length > 0) {
    await recordWaits(sql, `reread:${system.name}/${type.name}/${message.localId}`, observed.optionalMissing);
  }
  const saved = await saveMerged(hub, sql, type, identity.canonicalId, record, merged, message);
  const hasNews = merged.result.changed.length > 0 || merged.archived !== (record?.archived ?? false);
  const echo =
    !hasNews && record !== undefined && merged.result.decisions.length === 0 && shadow !== undefined;
  const outcome = outcomeOf(saved, merged.result.changed, echo);
  await storeOutcome(sql, { id: message.id, outcome: withoutBody(outcome) });
  await insertHops(sql, storyOf(message, saved.id, identity, record, merged.result, merged.archived));
  if (hasNews) await announceChange(hub, sql, type, saved, message);
  return outcome;
}

async function suspend(
  sql: Sql,
  message: Message,
  wait: { error: NaveError; missing: Parameters<typeof recordWaits>[2] },
): Promise<Attempt> {
  const { error, missing } = wait;
  await suspendMessage(sql, { id: message.id, error: { code: error.code, text: error.message } });
  if (missing.length > 0) await recordWaits(sql, `message:${message.id}`, missing);
  await insertHops(sql, [{ ...hopOf(message, null), step: "waiting", text: error.message }]);
  return { waitsFor: error };
}

function missingReference(message: Message, missing: Parameters<typeof recordWaits>[2]) {
  const names = missing.map(
    (one) => `${one.entity} ${one.system}/${"localId" in one ? one.localId : one.canonicalId}`,
  );
  const text = `${message.entity} ${message.system}/${message.localId} waits for ${names.join(", ")}`;
  return { error: new NaveError("NAVE_REFERENCE_MISSING", text), missing };
}

function undecidedMatch(message: Message, candidates: number) {
  const text = `${message.entity} ${message.system}/${message.localId} may be the same as ${candidates} known record(s); a person decides`;
  return { error: new NaveError("NAVE_MATCH_UNDECIDED", text), missing: [] };
}

/** A second record of the same thing in the same system: what it holds is known, and changes nothing. */
async function keepAside(
  sql: Sql,
  type: EntityType,
  observed: Observed,
  { canonicalId }: Identity,
): Promise<MergeOutcome> {
  await upsertShadow(sql, shadowOf(type, observed, undefined));
  const outcome = { ...nothingNew(observed.message), canonicalId };
  await storeOutcome(sql, { id: observed.message.id, outcome });
  await insertHops(sql, [
    {
      ...hopOf(observed.message, canonicalId),
      step: "identity",
      text: "a second record of the same thing in this system: kept aside, not merged",
    },
  ]);
  return outcome;
}

function shadowOf(type: EntityType, observed: Observed, result: MergeResult | undefined): SeenInMessage {
  const { message, shadow, fields } = observed;
  const held = shadow ? flatten(type, shadow.canonical) : undefined;
  const written = Object.entries(result && shadow ? shadow.written : {}).filter(([path]) =>
    sameField(type, path, held?.get(path), fields.get(path)),
  );
  return {
    system: message.system ?? "",
    entity: type.name,
    localId: message.localId ?? "",
    nativeOf: message.id,
    canonical: message.deleted && shadow ? shadow.canonical : unflatten(type, fields),
    written: Object.fromEntries(written),
    fingerprint: message.fingerprint ?? "",
    lockToken: message.lockToken,
    modifiedAt: message.modifiedAt,
    observationNumber: message.observationNumber ?? 0,
    known: true,
    deleted: message.deleted,
  };
}

function outcomeOf(
  record: Pick<CanonicalRecord, "id" | "version" | "body" | "archived">,
  changed: string[],
  echo: boolean,
): MergeOutcome {
  return {
    canonicalId: record.id,
    version: record.version,
    body: record.body,
    changed,
    archived: record.archived,
    echo,
  };
}

function nothingNew(message: Message): MergeOutcome {
  return {
    canonicalId: message.canonicalId ?? "",
    version: 0,
    body: {},
    changed: [],
    archived: false,
    echo: true,
  };
}

function hopOf(message: Message, canonicalId: string | null): Omit<Hop, "step" | "text"> {
  return {
    correlationId: message.correlationId,
    messageId: message.id,
    entity: message.entity,
    canonicalId,
    system: message.system,
    localId: message.localId,
  };
}

function storyOf(
  message: Message,
  canonicalId: string,
  identity: Identity,
  before: CanonicalRecord | undefined,
  result: MergeResult,
  archived: boolean,
): Hop[] {
  const base = hopOf(message, canonicalId);
  const hops: Hop[] = [];
  if (identity.by !== "cross reference" && identity.by !== "first sight") {
    const reasons = identity.reasons.length > 0 ? `: ${identity.reasons.join(", ")}` : "";
    hops.push({ ...base, step: "identity", text: `recognised by ${identity.by}${reasons}` });
  }
  for (const decision of result.decisions) {
    hops.push({
      ...base,
      step: decision.decision === "overruled" ? "overruled" : "conflict",
      text: `${decision.path}: ${decision.decision} by rule ${decision.rule}`,
      before: decision.kept ?? null,
      after: decision.offered ?? null,
    });
  }
  if (archived !== (before?.archived ?? false)) {
    hops.push({ ...base, step: "archived", text: archived ? "archived" : "brought back" });
  }
  const text = whatMerged(identity, before, result.changed.length);
  hops.push({ ...base, step: "merged", text, ...changesOf(before, result) });
  return hops;
}

function whatMerged({ by }: Identity, before: CanonicalRecord | undefined, changed: number): string {
  if (changed === 0) return "nothing new for the canonical record";
  if (by === "first sight" && !before) return `first seen: a new canonical record of ${changed} field(s)`;
  return `${changed} field(s) of the canonical record changed`;
}

/** The changed fields before and after, for the difference shown in a trace. */
function changesOf(before: CanonicalRecord | undefined, result: MergeResult): Pick<Hop, "before" | "after"> {
  if (result.changed.length === 0 || !before) return {};
  const after = Object.fromEntries(result.changed.map((path) => [path, result.fields.get(path) ?? null]));
  const old = Object.fromEntries(result.changed.map((path) => [path, result.before.get(path) ?? null]));
  return { before: old, after };
}
