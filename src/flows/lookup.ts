import { unflatten } from "../canonical/fields.ts";
import { askNow } from "../commands/ask-query.ts";
import { connected } from "../commands/operations.ts";
import { NaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import { resolveReferences } from "../identity/references.ts";
import { findSurvivor } from "../identity/survivor.ts";
import { findByKeyOfEntity } from "../store/business-keys.ts";
import { readCanonical } from "../store/canonical-records.ts";
import { findCrossReference, selectLocalIds } from "../store/cross-references.ts";
import { isUuid } from "../uuid.ts";
import type { FoundRecord, LiveRecord, LookupRequest, LookupResult } from "./hub-port.ts";

/** A message may be in its flow for a minute. */
const LIVE_WITHIN_MS = 20_000;

/**
 * Looks something up for a flow; changes nothing, stores nothing.
 *
 * @returns undefined when there is no such thing.
 * @throws NAVE_SYSTEM_UNAVAILABLE when a system has to be asked and cannot be; NAVE_RECORD_INVALID when several records carry
 *   the key.
 */
export async function lookUp(hub: Hub, request: LookupRequest): Promise<LookupResult | undefined> {
  hub.model.entity(request.entity);
  switch (request.what) {
    case "record":
      return recordById(hub, request.entity, request.canonicalId);
    case "record-by-key":
      return recordByKey(hub, request);
    case "local-id": {
      const { entity, system, canonicalId } = request;
      connected(hub, system);
      return localIdOf(hub, entity, system, canonicalId);
    }
    case "canonical-id":
      connected(hub, request.system);
      return (await findCrossReference(hub.db, request.entity, request.system, request.localId))?.canonicalId;
    case "live":
      return liveRecord(hub, request);
  }
}

/** A record that was merged into another is the other. */
async function recordById(hub: Hub, entity: string, canonicalId: string): Promise<FoundRecord | undefined> {
  if (!isUuid(canonicalId)) return undefined;
  const id = await findSurvivor(hub.db, entity, canonicalId);
  const record = id === undefined ? undefined : await readCanonical(hub.db, { entity, id });
  return (
    record && {
      canonicalId: record.id,
      version: record.version,
      archived: record.archived,
      body: record.body,
    }
  );
}

/** One that lives goes before those that are archived. */
async function recordByKey(
  hub: Hub,
  { entity, value, kind }: Extract<LookupRequest, { what: "record-by-key" }>,
): Promise<FoundRecord | undefined> {
  const ids = await findByKeyOfEntity(hub.db, entity, value, kind);
  const records = (await Promise.all(ids.map((id) => recordById(hub, entity, id)))).filter(
    (one) => one !== undefined,
  );
  const living = records.filter((record) => !record.archived);
  const [found, other] = living.length > 0 ? living : records;
  if (other === undefined) return found;
  throw new NaveError("NAVE_RECORD_INVALID", `several records of ${entity} carry the key "${value}"`, {
    field: kind ?? "key",
    value,
    accepts: "a key that one record carries, such as its number",
  });
}

async function localIdOf(
  hub: Hub,
  entity: string,
  system: string,
  canonicalId: string,
): Promise<string | undefined> {
  if (!isUuid(canonicalId)) return undefined;
  return (await selectLocalIds(hub.db, entity, system, [canonicalId])).get(canonicalId);
}

/** What the system holds this moment, in the hub's words; references that the hub does not know are left out. */
async function liveRecord(
  hub: Hub,
  { entity, system: name, ...by }: Extract<LookupRequest, { what: "live" }>,
): Promise<LiveRecord | undefined> {
  const system = connected(hub, name);
  const mapping = system.mapping(entity);
  const localId = "localId" in by ? by.localId : await localIdOf(hub, entity, name, by.canonicalId);
  if (localId === undefined) return undefined;
  const [seen] = await askNow(system, LIVE_WITHIN_MS, (signal) =>
    system.spoke.read(entity, [localId], signal),
  );
  if (!seen || seen.deleted) return undefined;
  const { body, problems } = mapping.toCanonical(seen.native);
  const [problem] = problems;
  if (problem)
    throw new NaveError("NAVE_RECORD_INVALID", `${entity} ${name}/${localId}: ${problem.text}`, {
      record: `${name}/${localId}`,
      field: problem.native,
      value: problem.value,
    });
  const type = hub.model.entity(entity);
  const { fields } = await resolveReferences(hub.db, type, body);
  const canonicalId = (await findCrossReference(hub.db, entity, name, localId))?.canonicalId;
  const live: LiveRecord = { localId, body: unflatten(type, fields) };
  return { ...live, ...(canonicalId === undefined ? {} : { canonicalId }) };
}
