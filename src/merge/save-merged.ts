import { isDeepStrictEqual } from "node:util";
import { unflatten } from "../canonical/fields.ts";
import type { EntityType } from "../canonical/types.ts";
import type { MatchingConfig } from "../config/types.ts";
import type { Hub } from "../hub.ts";
import { blockingKeys } from "../identity/match.ts";
import { nameForSystems } from "../identity/names.ts";
import { replaceKeysOfRecord } from "../store/business-keys.ts";
import { type CanonicalRecord, saveCanonical } from "../store/canonical-records.ts";
import { closeOvertaken, insertConflicts } from "../store/conflicts.ts";
import type { Sql } from "../store/database.ts";
import { replaceMatchKeys } from "../store/match-keys.ts";
import type { Message } from "../store/messages.ts";
import { insertChanged } from "./internal-message.ts";
import type { MergedArrival } from "./merge-arrival.ts";
import type { FieldDecision, MergeResult } from "./types.ts";

type Saved = Pick<CanonicalRecord, "id" | "version" | "body" | "archived">;
type Cause = Pick<Message, "id" | "system">;

/** Writes the next version of a canonical record, if there is one, with its keys and conflicts. */
export async function saveMerged(
  hub: Hub,
  sql: Sql,
  type: EntityType,
  id: string,
  before: CanonicalRecord | undefined,
  { result, archived }: MergedArrival,
  cause: Cause | undefined,
): Promise<Saved> {
  if (cause) await recordConflicts(hub, sql, type.name, id, result, cause);
  if (before && result.changed.length === 0 && archived === before.archived) return before;
  const body = unflatten(type, result.fields);
  const version = await saveCanonical(sql, {
    entity: type.name,
    id,
    body,
    provenance: result.provenance,
    archived,
  });
  await nameForSystems(hub, sql, type.name, id, body, before?.body);
  const keys = type.businessKeys(body);
  const former = before && type.businessKeys(before.body);
  if (!isDeepStrictEqual(keys, former)) {
    await replaceKeysOfRecord(sql, { entity: type.name, canonicalId: id, keys, former });
  }
  const matching = hub.config.entities[type.name]?.matching;
  if (matching) await saveMatchKeys(sql, type.name, id, matching, result);
  return { id, version, body, archived };
}

async function recordConflicts(
  hub: Hub,
  sql: Sql,
  entity: string,
  canonicalId: string,
  { decisions, firstContact, moved, changed, fields }: MergeResult,
  cause: Cause,
): Promise<void> {
  const where = { entity, canonicalId, system: cause.system ?? "", messageId: cause.id };
  const mapping = hub.systems.get(where.system)?.mapping(entity);
  // What a system works out by itself and never lets be written (totals, rounding) is its own form: no person changed it.
  const isConflict = ({ decision, path }: FieldDecision) =>
    decision === "open" || (!firstContact && (mapping?.writes(path) ?? true));
  const conflicts = decisions.filter(isConflict);
  // Only persons leave conflicts open, and few fields have that rule.
  if (moved.length > 0 && hub.config.entities[entity]?.rules.some(({ rule }) => rule === "ask")) {
    const now = Object.fromEntries(changed.map((path) => [path, fields.get(path) ?? null]));
    await closeOvertaken(sql, where, moved, now);
  }
  if (conflicts.length > 0) await insertConflicts(sql, where, conflicts);
}

async function saveMatchKeys(
  sql: Sql,
  entity: string,
  id: string,
  matching: MatchingConfig,
  { before, fields }: MergeResult,
): Promise<void> {
  const keys = blockingKeys(fields, matching);
  const former = before.size === 0 ? undefined : blockingKeys(before, matching);
  if (!isDeepStrictEqual(keys, former))
    await replaceMatchKeys(sql, { entity, canonicalId: id, keys, former });
}

/** Tells the flows that take changes of this entity, by a message of its own that names its cause. */
export async function announceChange(
  hub: Hub,
  sql: Sql,
  type: EntityType,
  record: Saved,
  cause: Pick<Message, "id" | "correlationId">,
): Promise<void> {
  if (!hub.takesChanged(type.name)) return;
  const { id: canonicalId, body, archived } = record;
  await insertChanged(sql, { entity: type.name, canonicalId, body, archived, cause });
}
