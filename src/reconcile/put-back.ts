import { randomUUID } from "node:crypto";
import type { Observation } from "../adapter-kit/contract.ts";
import { flatten, sameField, unflatten } from "../canonical/fields.ts";
import type { Hub } from "../hub.ts";
import { isCanonicalId } from "../identity/canonical-id.ts";
import { resolveReferences } from "../identity/references.ts";
import { findSurvivor } from "../identity/survivor.ts";
import { translate } from "../receive/accept.ts";
import { fingerprint } from "../receive/fingerprint.ts";
import { makeStorable } from "../receive/storable.ts";
import { linkRecord } from "../store/cross-references.ts";
import type { Sql } from "../store/database.ts";
import { insertHops } from "../store/hops.ts";
import { selectUnsettledIntents } from "../store/intents.ts";
import { drawObservationNumbers, lockShadow, upsertShadow } from "../store/shadows.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";

const IDS_PER_READ = 100;

/** A record in which the hub is right. */
export type Wronged = { localId: string; canonicalId: string };

type Place = { connected: ConnectedSystem; entity: string };

/**
 * Takes note of what the system really holds of these records, without taking any of it for an edit: wished afresh, they
 * are written as the hub has them.
 *
 * Observations made before, and not merged yet, are outdated by it. Left out is what is being written just now, what the
 * system does not show any more, and what has no translation.
 *
 * @returns the local ids that were taken note of.
 */
export async function overrule(
  hub: Hub,
  place: Place,
  records: readonly Wronged[],
  by: string,
): Promise<Set<string>> {
  const { connected, entity } = place;
  const noted = new Set<string>();
  const canonicalIds = new Map(records.map(({ localId, canonicalId }) => [localId, canonicalId]));
  const ids = [...canonicalIds.keys()];
  for (let at = 0; at < ids.length; at += IDS_PER_READ) {
    const group = ids.slice(at, at + IDS_PER_READ);
    const [number = 0] = await drawObservationNumbers(hub.db, 1);
    const seen = await connected.ask((signal) => connected.spoke.read(entity, group, signal));
    for (const observation of seen) {
      const { localId } = observation;
      const record = { localId, canonicalId: canonicalIds.get(localId) ?? "" };
      if (await noteOne(hub, place, record, { ...observation, number }, by)) noted.add(localId);
    }
  }
  return noted;
}

/**
 * Links records to those whose key they carry: what was entered again after a restore, or lives under a local id that another
 * one had. Left out is what carries no key of ours, and what would be a second record of the same thing.
 */
export async function linkByKey(hub: Hub, place: Place, localIds: readonly string[]): Promise<Wronged[]> {
  const { connected, entity } = place;
  const { probe } = connected.capability(entity);
  const linked: Wronged[] = [];
  if (probe === undefined) return linked;
  for (let at = 0; at < localIds.length; at += IDS_PER_READ) {
    const group = localIds.slice(at, at + IDS_PER_READ);
    const seen = await connected.ask((signal) => connected.spoke.read(entity, group, signal));
    for (const { localId, native, deleted } of seen) {
      const key = native[probe];
      const canonicalId =
        isCanonicalId(key) && !deleted ? await findSurvivor(hub.db, entity, key) : undefined;
      if (canonicalId === undefined) continue;
      if (await linkRecord(hub.db, entity, connected.name, localId, canonicalId))
        linked.push({ localId, canonicalId });
    }
  }
  return linked;
}

async function noteOne(
  hub: Hub,
  place: Place,
  record: Wronged,
  observation: Observation & { number: number },
  by: string,
): Promise<boolean> {
  const { connected, entity } = place;
  if (observation.deleted || makeStorable(observation).problems.length > 0) return false;
  const { body, wrong } = translate(hub, connected, entity, observation.native);
  if (wrong.length > 0) return false;
  const type = hub.model.entity(entity);
  return hub.db.transaction(async (sql) => {
    const { localId, canonicalId } = record;
    const shadow = await lockShadow(sql, connected.name, entity, localId);
    if ((await selectUnsettledIntents(sql, connected.name, entity, [canonicalId])).size > 0) return false;
    if (shadow && shadow.observationNumber > observation.number) return false;
    const { fields } = await resolveReferences(sql, type, body);
    const held = shadow ? flatten(type, shadow.canonical) : new Map();
    // A form of its own stays one only where the system still shows it.
    const written = Object.entries(shadow?.written ?? {}).filter(([path]) =>
      sameField(type, path, held.get(path), fields.get(path)),
    );
    await upsertShadow(sql, {
      system: connected.name,
      entity,
      localId,
      native: observation.native,
      canonical: unflatten(type, fields),
      written: Object.fromEntries(written),
      fingerprint: fingerprint(observation.native, false),
      lockToken: observation.lockToken ?? null,
      modifiedAt: observation.modifiedAt ?? null,
      observationNumber: observation.number,
      known: true,
      deleted: false,
    });
    await tellStory(sql, place, record, by);
    return true;
  });
}

async function tellStory(
  sql: Sql,
  { connected, entity }: Place,
  { localId, canonicalId }: Wronged,
  by: string,
): Promise<void> {
  const text = `${by}: what ${connected.name} holds is no edit; it is put back as the hub has it`;
  const where = { entity, canonicalId, system: connected.name, localId };
  await insertHops(sql, [{ ...where, correlationId: randomUUID(), messageId: null, step: "person", text }]);
}
