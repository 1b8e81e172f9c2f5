import { randomUUID } from "node:crypto";
import { flatten, sameField, unflatten } from "../canonical/fields.ts";
import type { Body } from "../canonical/types.ts";
import { NaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import { insertRerun } from "../merge/internal-message.ts";
import type { Provenance } from "../merge/types.ts";
import { insertAudit } from "../store/audit.ts";
import {
  type CanonicalRecord,
  lockCanonical,
  saveCanonical,
  setMergedInto,
} from "../store/canonical-records.ts";
import { type CrossReference, selectReferencesOf } from "../store/cross-references.ts";
import type { Sql } from "../store/database.ts";
import { insertHops } from "../store/hops.ts";
import {
  closeIdentityMerge,
  forgetEditedShadows,
  insertIdentityMerge,
  moveReferences,
  openIdentityMerge,
  redirectReferences,
  restoreReferences,
  selectReferrers,
} from "../store/identity-merges.ts";
import { deleteWishesOf, restoreWishes, selectWishesOf, type Wish } from "../store/wishes.ts";
import { refreshKeys } from "./refresh-keys.ts";

/** How things stood before two identities became one; everything an undo needs. */
type Before = {
  survivor: Snapshot;
  absorbed: Snapshot;
  /** Records that referred to the absorbed one. */
  referrers: { entity: string; id: string }[];
};
type Snapshot = {
  body: Body;
  provenance: Provenance;
  archived: boolean;
  references: CrossReference[];
  wishes: Wish[];
};

/**
 * Makes two canonical records one: the survivor takes over the other's cross references and the fields it lacks, records
 * that referred to the other refer to it, and wishes are issued again under its id. The absorbed record points to it.
 *
 * @returns the id of the merge, by which it can be undone.
 * @throws NAVE_REQUEST_INVALID when one of them does not exist or is merged away already.
 */
export async function mergeIdentities(
  hub: Hub,
  entity: string,
  survivorId: string,
  absorbedId: string,
  by: string,
): Promise<string> {
  if (survivorId === absorbedId)
    throw new NaveError("NAVE_REQUEST_INVALID", "a record cannot be merged with itself");
  const id = randomUUID();
  await hub.db.transaction(async (sql) => {
    const [survivor, absorbed] = await lockBoth(sql, entity, survivorId, absorbedId);
    const referrers = await selectReferrers(sql, absorbedId);
    const before: Before = {
      survivor: await snapshot(sql, survivor),
      absorbed: await snapshot(sql, absorbed),
      referrers,
    };
    await insertIdentityMerge(sql, { id, entity, survivorId, absorbedId, before, mergedBy: by });
    await moveReferences(sql, entity, absorbedId, survivorId);
    await redirectReferences(sql, referrers, absorbedId, survivorId);
    await deleteWishesOf(sql, entity, absorbedId);
    await fillIn(hub, sql, survivor, absorbed);
    await setMergedInto(sql, entity, absorbedId, survivorId);
    await finish(hub, sql, entity, [survivor, absorbed], `${by} merged ${absorbedId} into ${survivorId}`);
    for (const one of [{ entity, id: survivorId }, ...referrers])
      await insertRerun(sql, { entity: one.entity, canonicalId: one.id });
    await insertAudit(sql, by, "identities merged", { id, entity, survivorId, absorbedId });
  });
  return id;
}

/**
 * Undoes a merge: references and wishes of both records are as they were, the survivor gives back the fields it had taken
 * over, and keeps what has been edited since. What was edited meanwhile in a system's record that had been kept aside is
 * merged into its own record again.
 */
export async function unmergeIdentities(hub: Hub, mergeId: string, by: string): Promise<void> {
  const forgotten = await hub.db.transaction(async (sql) => {
    const merge = await openIdentityMerge<Before>(sql, mergeId);
    if (!merge)
      throw new NaveError("NAVE_REQUEST_INVALID", `there is no merge ${mergeId} that could be undone`);
    const { entity, survivorId, absorbedId, before } = merge;
    await setMergedInto(sql, entity, absorbedId, null);
    const survivor = await giveBack(hub, sql, entity, survivorId, before);
    const { body, provenance, archived, references, wishes } = before.absorbed;
    await saveCanonical(sql, { entity, id: absorbedId, body, provenance, archived });
    await restoreReferences(sql, references);
    await redirectReferences(sql, before.referrers, survivorId, absorbedId);
    await restoreWishes(sql, wishes);
    const editedSince = await forgetEditedShadows(sql, mergeId, references);
    await closeIdentityMerge(sql, mergeId);
    await finish(
      hub,
      sql,
      entity,
      [survivor, { id: absorbedId, body }],
      `${by} separated ${absorbedId} from ${survivorId} again`,
    );
    for (const one of [{ entity, id: survivorId }, { entity, id: absorbedId }, ...before.referrers]) {
      await insertRerun(sql, { entity: one.entity, canonicalId: one.id });
    }
    await insertAudit(sql, by, "identities separated", { id: mergeId, entity, survivorId, absorbedId });
    return editedSince;
  });
  for (const { system, entity, localId } of forgotten) await hub.reread(system, entity, localId);
}

async function lockBoth(
  sql: Sql,
  entity: string,
  one: string,
  other: string,
): Promise<[CanonicalRecord, CanonicalRecord]> {
  const locked = new Map<string, CanonicalRecord>();
  for (const id of [one, other].sort()) {
    const record = await lockCanonical(sql, entity, id);
    if (!record) throw new NaveError("NAVE_REQUEST_INVALID", `${entity} ${id} does not exist`);
    if (record.mergedInto)
      throw new NaveError(
        "NAVE_REQUEST_INVALID",
        `${entity} ${id} is merged into ${record.mergedInto} already`,
      );
    locked.set(id, record);
  }
  return [locked.get(one) as CanonicalRecord, locked.get(other) as CanonicalRecord];
}

async function snapshot(sql: Sql, record: CanonicalRecord): Promise<Snapshot> {
  const { entity, id, body, provenance, archived } = record;
  return {
    body,
    provenance,
    archived,
    references: await selectReferencesOf(sql, entity, id),
    wishes: await selectWishesOf(sql, entity, id),
  };
}

/** The survivor keeps what it has and takes from the other what it lacks. */
async function fillIn(
  hub: Hub,
  sql: Sql,
  survivor: CanonicalRecord,
  absorbed: CanonicalRecord,
): Promise<void> {
  const type = hub.model.entity(survivor.entity);
  const fields = flatten(type, survivor.body);
  const provenance = { ...survivor.provenance };
  for (const [path, value] of flatten(type, absorbed.body)) {
    if (fields.has(path)) continue;
    fields.set(path, value);
    const origin = absorbed.provenance[path];
    if (origin) provenance[path] = origin;
  }
  const { entity, id, archived } = survivor;
  await saveCanonical(sql, { entity, id, body: unflatten(type, fields), provenance, archived });
}

/**
 * Takes out of the survivor what came from the absorbed record and still stands as it was.
 *
 * @returns the survivor as it stood before.
 */
async function giveBack(
  hub: Hub,
  sql: Sql,
  entity: string,
  survivorId: string,
  before: Before,
): Promise<CanonicalRecord> {
  const type = hub.model.entity(entity);
  const survivor = await lockCanonical(sql, entity, survivorId);
  if (!survivor) throw new NaveError("NAVE_REQUEST_INVALID", `${entity} ${survivorId} does not exist`);
  const fields = flatten(type, survivor.body);
  const own = flatten(type, before.survivor.body);
  const provenance = { ...survivor.provenance };
  for (const [path, value] of flatten(type, before.absorbed.body)) {
    if (own.has(path) || !sameField(type, path, fields.get(path), value)) continue;
    fields.delete(path);
    delete provenance[path];
  }
  const { id, archived } = survivor;
  await saveCanonical(sql, { entity, id, body: unflatten(type, fields), provenance, archived });
  return survivor;
}

/** @param former  Both records as their keys were made. */
async function finish(
  hub: Hub,
  sql: Sql,
  entity: string,
  former: readonly Pick<CanonicalRecord, "id" | "body">[],
  text: string,
): Promise<void> {
  for (const { id: canonicalId, body } of former) {
    await refreshKeys(hub, sql, entity, canonicalId, body);
    const hop = {
      correlationId: randomUUID(),
      messageId: null,
      entity,
      canonicalId,
      system: null,
      localId: null,
    };
    await insertHops(sql, [{ ...hop, step: "identity", text }]);
  }
}
