import type { Json, JsonObject } from "../adapter-kit/contract.ts";
import type { Problem } from "../canonical/types.ts";
import type { CompiledWhen } from "./compile-expression.ts";
import type { CompiledScope } from "./compile-scope.ts";
import type { ListRule } from "./definition.ts";
import type { ItemKey } from "./item-key.ts";
import { isObject } from "./path.ts";
import { prefixProblems } from "./scope.ts";
import type { NativeProblem } from "./types.ts";

/** One rule for a native list, compiled. */
export type List = {
  name: string;
  rule: ListRule;
  scope: CompiledScope;
  key: ItemKey;
  holdsWhen: CompiledWhen;
  canonical: CanonicalList;
};

/** The list in the canonical body. */
export type CanonicalList = {
  keyOf: (item: JsonObject) => Json | undefined;
  newItem: (key: Json) => JsonObject;
  items(body: JsonObject | undefined): Json[];
  append(into: JsonObject, found: JsonObject[]): void;
};

/** The new native list: what the target holds, in its order, changed or dropped by key; then what is new. */
export function writeLists(
  lists: readonly List[],
  body: JsonObject | undefined,
  heldItems: Json[],
  problems: Problem[],
): Json[] {
  const claims = lists.map((list) => ({
    list,
    keys: list.key.ofItems(heldItems),
    wanted: wantedItems(list, body),
  }));
  const result: Json[] = [];
  for (let index = 0; index < heldItems.length; index++) {
    const heldItem = heldItems[index] as Json;
    const claim = claims.length === 1 ? claims[0] : claims.find(({ keys }) => keys[index] !== undefined);
    const key = claim?.keys[index];
    if (claim === undefined || key === undefined || !isObject(heldItem)) {
      result.push(heldItem);
      continue;
    }
    const item = takeWanted(claim.wanted, key, index);
    if (item !== undefined) result.push(writeItem(claim.list, key, item, heldItem, problems));
    else if (readsAsNothing(claim.list.scope, heldItem)) result.push(heldItem);
  }
  for (const { list, wanted } of claims) {
    for (let index = 0; index < wanted.keys.length; index++) {
      const key = wanted.keys[index];
      if (key === undefined) continue;
      result.push(writeItem(list, key, wanted.items[index] as JsonObject, undefined, problems));
    }
  }
  return result;
}

/** An item that holds nothing we map was never read, so its absence from the body means nothing. */
function readsAsNothing(scope: CompiledScope, native: JsonObject): boolean {
  const problems: NativeProblem[] = [];
  return !scope.read(native, {}, problems);
}

/** The body's items that the target can hold; the key of one that has been written is taken out. */
type Wanted = { keys: (string | undefined)[]; items: JsonObject[] };

function wantedItems(list: List, body: JsonObject | undefined): Wanted {
  const wanted: Wanted = { keys: [], items: [] };
  const items = list.canonical.items(body);
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (!isObject(item)) continue;
    const key = list.canonical.keyOf(item);
    if (typeof key !== "string" || !list.key.accepts(key)) continue;
    if (list.holdsWhen.canonical !== undefined && !list.holdsWhen.canonical(item)) continue;
    wanted.keys.push(key);
    wanted.items.push(item);
  }
  return wanted;
}

/** Both lists mostly stand in the same order, so the same place is looked at first. */
function takeWanted(wanted: Wanted, key: string, place: number): JsonObject | undefined {
  const at = wanted.keys[place] === key ? place : wanted.keys.indexOf(key);
  if (at < 0) return undefined;
  wanted.keys[at] = undefined;
  return wanted.items[at];
}

function writeItem(
  list: List,
  key: string,
  item: JsonObject,
  held: JsonObject | undefined,
  problems: Problem[],
): JsonObject {
  const into: JsonObject = held === undefined ? {} : { ...held };
  const before = problems.length;
  list.scope.write(item, into, held, problems);
  if (held === undefined) list.key.write(key, into);
  if (problems.length > before) prefixProblems(problems, before, `${list.name}[${key}]`);
  return into;
}
