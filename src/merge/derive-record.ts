import type { Json } from "../adapter-kit/contract.ts";
import { flatten, sameField } from "../canonical/fields.ts";
import type { EntityType, Fields } from "../canonical/types.ts";
import { NaveError } from "../errors.ts";
import type { DeriveRequest } from "../flows/hub-port.ts";
import type { Hub } from "../hub.ts";
import { canonicalIdFor } from "../identity/canonical-id.ts";
import { type CanonicalRecord, lockCanonical } from "../store/canonical-records.ts";
import { insertHops } from "../store/hops.ts";
import { type AnyMessage, readMessage } from "../store/messages.ts";
import { insertRerun } from "./internal-message.ts";
import { mergeRecord } from "./merge-record.ts";
import { announceChange, saveMerged } from "./save-merged.ts";
import type { MergeResult } from "./types.ts";

/** The hub itself as the author of what flows derive. */
const HUB = "hub";

/**
 * Creates or updates a canonical record that a message causes; the same (entity, key) is the same record. A flow that
 * takes the entity runs for it. Fields that others have filled in since stay.
 *
 * @throws NAVE_RECORD_INVALID when the derived body breaks its schema or a quality rule.
 */
export async function deriveRecord(hub: Hub, request: DeriveRequest): Promise<{ canonicalId: string }> {
  const type = hub.model.entity(request.entity);
  refuseInvalid(type, request);
  const canonicalId = canonicalIdFor(request.entity, HUB, request.key);
  await hub.db.transaction(async (sql) => {
    const message = await readMessage(sql, request.messageId);
    if (!message) throw new NaveError("NAVE_FLOW_FAILED", `message ${request.messageId} does not exist`);
    const record = await lockCanonical(sql, request.entity, canonicalId);
    const result = mergeDerived(hub, type, record, message, flatten(type, request.body));
    if (record && result.changed.length === 0) return;
    const archived = record?.archived ?? false;
    const saved = await saveMerged(hub, sql, type, canonicalId, record, { result, archived }, message);
    await insertHops(sql, [
      {
        correlationId: message.correlationId,
        messageId: message.id,
        entity: request.entity,
        canonicalId,
        system: null,
        localId: null,
        step: "merged",
        text: `${request.entity} derived from ${originOf(message)}`,
        after: request.body,
      },
    ]);
    await insertRerun(sql, { entity: request.entity, canonicalId, cause: message });
    await announceChange(hub, sql, type, saved, message);
  });
  return { canonicalId };
}

function originOf({ id, entity, canonicalId, localId }: AnyMessage): string {
  return entity === null ? `message ${id}` : `${entity} ${canonicalId ?? localId ?? `of message ${id}`}`;
}

function refuseInvalid(type: EntityType, request: DeriveRequest): void {
  const [problem] = type.validate(request.body);
  if (!problem) return;
  throw new NaveError("NAVE_RECORD_INVALID", `derived ${request.entity} ${request.key}: ${problem.text}`, {
    field: problem.path,
    value: problem.value,
    ...(problem.accepts === undefined ? {} : { accepts: problem.accepts }),
  });
}

/** The hub merges what it derives like any other source; it reads only the fields it gave before and those nobody has. */
function mergeDerived(
  hub: Hub,
  type: EntityType,
  record: CanonicalRecord | undefined,
  message: Pick<AnyMessage, "id" | "createdAt">,
  observed: Fields,
): MergeResult {
  const provenance = record?.provenance ?? {};
  const current: Fields = record ? flatten(type, record.body) : new Map();
  const isMine = (path: string) => provenance[path]?.system === HUB;
  const change = {
    system: HUB,
    messageId: message.id,
    observed,
    held: record && new Map([...current].filter(([path]) => isMine(path))),
    written: new Map(),
    reads: (path: string) => !record || isMine(path) || !current.has(path),
    at: message.createdAt.toISOString(),
    uncertaintyMs: 0,
    same: (path: string, one: Json | undefined, other: Json | undefined) => sameField(type, path, one, other),
  };
  return mergeRecord(current, provenance, change, hub.config.entities[type.name]?.rules ?? []);
}
