import { isDeepStrictEqual } from "node:util";
import type { Json, JsonObject } from "./contract.ts";

export type KeyedListDiff = {
  added: JsonObject[];
  /** `changes` holds only the properties that differ; a property the wish lacks is null there. */
  changed: { key: Json; held: JsonObject; wished: JsonObject; changes: JsonObject }[];
  removed: JsonObject[];
};

/**
 * What has to happen to a nested list so that it holds what is wished, item by item, so that items another person added or
 * changed meanwhile survive. Items are paired by the native property `key`; wished items without it are new.
 */
export function diffKeyedList(held: readonly Json[], wished: readonly Json[], key: string): KeyedListDiff {
  const heldByKey = new Map(objects(held).map((item) => [item[key], item]));
  const diff: KeyedListDiff = { added: [], changed: [], removed: [] };
  const kept = new Set<Json | undefined>();
  for (const item of objects(wished)) {
    const itemKey = item[key];
    const before = itemKey === undefined ? undefined : heldByKey.get(itemKey);
    if (before === undefined || itemKey === undefined) {
      diff.added.push(item);
      continue;
    }
    kept.add(itemKey);
    const changes = differing(before, item);
    if (Object.keys(changes).length > 0)
      diff.changed.push({ key: itemKey, held: before, wished: item, changes });
  }
  for (const [itemKey, item] of heldByKey) if (!kept.has(itemKey)) diff.removed.push(item);
  return diff;
}

function differing(held: JsonObject, wished: JsonObject): JsonObject {
  const changes: JsonObject = {};
  for (const name of new Set([...Object.keys(held), ...Object.keys(wished)])) {
    if (!isDeepStrictEqual(held[name], wished[name])) changes[name] = wished[name] ?? null;
  }
  return changes;
}

function objects(list: readonly Json[]): JsonObject[] {
  return list.filter(
    (item): item is JsonObject => typeof item === "object" && item !== null && !Array.isArray(item),
  );
}
