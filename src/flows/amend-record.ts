import type { Json } from "../adapter-kit/contract.ts";
import { flatten, sameField, unflatten } from "../canonical/fields.ts";
import type { Body, EntityType, FieldPath } from "../canonical/types.ts";
import { NaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import { findSurvivor } from "../identity/survivor.ts";
import { insertRerun } from "../merge/internal-message.ts";
import { mergeRecord } from "../merge/merge-record.ts";
import { announceChange, saveMerged } from "../merge/save-merged.ts";
import type { MergeResult } from "../merge/types.ts";
import { type CanonicalRecord, lockCanonical } from "../store/canonical-records.ts";
import type { Sql } from "../store/database.ts";
import { insertHops } from "../store/hops.ts";
import type { AnyMessage } from "../store/messages.ts";
import { insertArrivals } from "../store/waits.ts";
import { amendFields } from "./amend-fields.ts";
import type { AmendedRecord, AmendRequest } from "./hub-port.ts";
import { arrivalOf, firstArrivals } from "./waits/arrive.ts";

/** The hub itself as the author of what flows amend. */
const HUB = "hub";

/**
 * Changes fields of a canonical record in the hub's own name; a copy of a message that has done so before changes nothing.
 *
 * @throws NAVE_RECORD_INVALID when the record would break its schema or a quality rule; NAVE_NOT_SUPPORTED when a field is
 *   another system's own by its rule.
 */
export function amendRecord(hub: Hub, request: AmendRequest): Promise<AmendedRecord> {
  const { entity } = request;
  const type = hub.model.entity(entity);
  return hub.db.transaction(async (sql) => {
    const [arriving] = await firstArrivals(sql, [request]);
    const id = await findSurvivor(sql, entity, request.canonicalId);
    const record = id === undefined ? undefined : await lockCanonical(sql, entity, id);
    if (!record) throw new NaveError("NAVE_FLOW_FAILED", `${entity} ${request.canonicalId} does not exist`);
    if (arriving === undefined) return record;
    await insertArrivals(sql, [{ ...arrivalOf(request), waitId: null, body: null }]);
    return save(hub, sql, type, { record, message: arriving.message, request });
  });
}

type Amendment = { record: CanonicalRecord; message: AnyMessage; request: AmendRequest };

async function save(hub: Hub, sql: Sql, type: EntityType, amendment: Amendment): Promise<AmendedRecord> {
  const { record, message, request } = amendment;
  const result = merge(hub, type, amendment);
  if (result.changed.length === 0) return record;
  refuseInvalid(type, record.id, unflatten(type, result.fields));
  const { id: canonicalId, archived } = record;
  const saved = await saveMerged(hub, sql, type, canonicalId, record, { result, archived }, message);
  const { id: messageId, correlationId } = message;
  const hop = { messageId, correlationId, entity: type.name, canonicalId, system: null, localId: null };
  const text = `amended at ${request.where}: ${result.changed.join(", ")}`;
  await insertHops(sql, [{ ...hop, step: "merged", text, before: record.body, after: saved.body }]);
  await insertRerun(sql, { entity: type.name, canonicalId, cause: message });
  await announceChange(hub, sql, type, saved, message);
  return saved;
}

/** What the flow does not name is as the record has it, so that nothing else is a change. */
function merge(hub: Hub, type: EntityType, { record, message, request }: Amendment): MergeResult {
  const current = flatten(type, record.body);
  const change = {
    system: HUB,
    messageId: message.id,
    observed: amendFields(type, current, request.changes),
    held: current,
    written: new Map(),
    reads: () => true,
    at: message.createdAt.toISOString(),
    uncertaintyMs: 0,
    same: (path: FieldPath, one: Json | undefined, other: Json | undefined) =>
      sameField(type, path, one, other),
  };
  const result = mergeRecord(current, record.provenance, change, hub.config.entities[type.name]?.rules ?? []);
  const [overruled] = result.decisions;
  if (overruled === undefined) return result;
  throw new NaveError(
    "NAVE_NOT_SUPPORTED",
    `${overruled.path} of ${type.name} is another system's own field`,
    {
      field: overruled.path,
      accepts: "a field without an owner, by the rules configured for the entity",
    },
  );
}

function refuseInvalid(type: EntityType, canonicalId: string, body: Body): void {
  const [problem] = type.validate(body);
  if (!problem) return;
  throw new NaveError("NAVE_RECORD_INVALID", `amended ${type.name} ${canonicalId}: ${problem.text}`, {
    field: problem.path,
    value: problem.value,
    ...(problem.accepts === undefined ? {} : { accepts: problem.accepts }),
  });
}
