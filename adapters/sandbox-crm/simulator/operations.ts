import { isDeepStrictEqual } from "node:util";
import type { Json, JsonObject } from "../../../src/adapter-kit/contract.ts";
import {
  RefusedError,
  type SandboxRecords,
  type StoredRecord,
} from "../../../src/adapter-kit/simulation/index.ts";
import { statusOf, worded } from "./refusals.ts";
import { showWithStamps } from "./show.ts";

/** One write as the REST protocol brings it: without `id` a create; `ifMatch` is an ETag. */
export type Operation = { method: string; id?: string; ifMatch?: string; fields?: JsonObject };

/** Does one write. Answers the record as it is now, or undefined when it is gone. */
export function perform(
  records: SandboxRecords,
  entity: string,
  operation: Operation,
  stamp: number,
): StoredRecord | undefined {
  const { method, id, ifMatch, fields = {} } = operation;
  if (id === undefined) return records.create(entity, fields, stamp, method);
  const version = ifMatch === undefined ? undefined : Number(/^"v(\d+)"$/.exec(ifMatch)?.[1]);
  if (method === "PATCH") {
    return records.update(entity, id, withItemChanges(records, entity, id, fields), stamp, method, version);
  }
  if (method !== "DELETE") throw new RefusedError({ kind: "invalid", text: `No method ${method}` });
  const held = records.get(entity, id);
  if (held && version !== undefined && held.version !== version) {
    throw new RefusedError({ kind: "stale", text: `${id} was changed meanwhile` });
  }
  records.remove(entity, id, stamp, method);
  return undefined;
}

/** Does one write of a batch; what is refused is answered and stops nothing. */
export function performInBatch(
  records: SandboxRecords,
  entity: string,
  operation: Operation,
  stamp: number,
  index: number,
): JsonObject {
  const nth = records.misbehaviour.refuseEveryNth;
  try {
    if (nth > 0 && (index + 1) % nth === 0) {
      throw new RefusedError({ kind: "invalid", text: "Refused, no reason given" });
    }
    const record = perform(records, entity, operation, stamp);
    return record ? { status: operation.id ? 200 : 201, record: showWithStamps(record) } : { status: 204 };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    records.log({ method: "batch", entity, id: operation.id ?? "", kind: "refused" });
    return {
      status: statusOf(error.refusal, records.misbehaviour),
      error: worded(error.refusal, records.misbehaviour),
    };
  }
}

/**
 * A PATCH changes nested lists item by item: an item with the identifying property of one that is held changes its
 * properties, with `_delete` it goes, any other is added; items not named stay. Null removes a property.
 */
function withItemChanges(
  records: SandboxRecords,
  entity: string,
  id: string,
  fields: JsonObject,
): JsonObject {
  const { lists } = records.rules(entity);
  const held = records.get(entity, id)?.native ?? {};
  const changes = { ...fields };
  for (const [name, key] of Object.entries(lists)) {
    const itemChanges = fields[name];
    if (!Array.isArray(itemChanges)) continue;
    let list = [...((held[name] as JsonObject[] | undefined) ?? [])];
    for (const change of itemChanges as JsonObject[]) list = changeItem(list, change, key);
    changes[name] = list as Json;
  }
  return changes;
}

function changeItem(list: JsonObject[], change: JsonObject, key: string): JsonObject[] {
  const { _delete: isDeleted, ...properties } = change;
  const index = list.findIndex(
    (item) => item[key] !== undefined && isDeepStrictEqual(item[key], change[key]),
  );
  if (isDeleted === true) return index < 0 ? list : list.toSpliced(index, 1);
  const merged = Object.entries({ ...list[index], ...properties }).filter(([, value]) => value !== null);
  const item = Object.fromEntries(merged);
  return index < 0 ? [...list, item] : list.with(index, item);
}
