import type { Json, JsonObject } from "../adapter-kit/contract.ts";
import { scalarText } from "../adapter-kit/converters/converter.ts";
import type { Holds } from "./compile-expression.ts";
import { compileValue } from "./compile-value.ts";
import type { KeyRule, ListRule } from "./definition.ts";
import { nativeFields } from "./native-field.ts";
import { isObject } from "./path.ts";
import { keyRuleOf } from "./rules.ts";
import { type CompileContext, nativeProblem, type Place } from "./scope.ts";
import type { NativeProblem } from "./types.ts";

/** How the items of one native list are told apart. */
export type ItemKey = {
  /** The key of every item, in order; undefined for items that the rule does not claim, or whose key `report` was told about. */
  ofItems(
    items: readonly Json[],
    report?: (index: number, problem: NativeProblem) => void,
  ): (string | undefined)[];
  /** Whether the target can hold an item with this key; what it cannot hold is not sent. */
  accepts(key: string): boolean;
  /** Gives a new native item its key. */
  write(key: string, into: JsonObject): void;
};

export function compileKey(
  rule: ListRule,
  claims: Holds | undefined,
  context: CompileContext,
  place: Place,
): ItemKey {
  const isClaimed = (item: Json): item is JsonObject =>
    isObject(item) && (claims === undefined || claims(item));
  const key = keyRuleOf(rule);
  if (key.constant !== undefined) return constantKey(key.constant, isClaimed);
  if (key.position !== undefined) return positionKey(key.position, isClaimed);
  if (key.native !== undefined)
    return nativeKey(key, isClaimed, context, { ...place, at: [...place.at, "key"] });
  context.faults.add([...place.at, "key"], "the key comes from nowhere", "constant, native or position");
  return constantKey("", isClaimed);
}

type IsClaimed = (item: Json) => item is JsonObject;

/** The first item claimed is the one; others are left alone. */
function constantKey(key: string, isClaimed: IsClaimed): ItemKey {
  return {
    ofItems(items) {
      const first = items.findIndex(isClaimed);
      return items.map((_item, index) => (index === first ? key : undefined));
    },
    accepts: (wanted) => wanted === key,
    write: () => undefined,
  };
}

function positionKey(start: number, isClaimed: IsClaimed): ItemKey {
  return {
    ofItems(items) {
      let next = start;
      return items.map((item) => (isClaimed(item) ? String(next++) : undefined));
    },
    accepts: (key) => /^\d+$/.test(key),
    write: () => undefined,
  };
}

function nativeKey(rule: KeyRule, isClaimed: IsClaimed, context: CompileContext, place: Place): ItemKey {
  const field = nativeFields(rule.native, null, context, place);
  const pair = compileValue(rule, context, place);
  const numbers = rule.duplicates === "number";
  const keyOf = (item: JsonObject): string | undefined => {
    const raw = field.read(item);
    if (raw === undefined || field.isEmpty(raw)) return undefined;
    const key = pair === undefined ? raw : pair.toCanonical(raw, item);
    return key === undefined || key === null ? undefined : scalarText(key);
  };
  const keyAt = (
    item: JsonObject,
    index: number,
    counts: Map<string, number> | undefined,
    report: ((index: number, problem: NativeProblem) => void) | undefined,
  ): string | undefined => {
    try {
      const key = keyOf(item);
      if (key === undefined) throw new Error("is empty, so that the item has no key");
      const count = (counts?.get(key) ?? 0) + 1;
      counts?.set(key, count);
      if (count > 1 && !numbers) throw new Error("is the key of an earlier item already");
      return count === 1 ? key : `${key}-${count}`;
    } catch (thrown) {
      report?.(index, nativeProblem("", field.title, field.read(item), thrown));
      return undefined;
    }
  };
  const nativeOf = (key: string): Json | undefined => {
    const base = numbers ? key.replace(/-\d+$/, "") : key;
    return pair === undefined ? base : pair.toNative(base);
  };
  return {
    ofItems(items, report) {
      const keys: (string | undefined)[] = [];
      const counts = items.length > 1 ? new Map<string, number>() : undefined;
      for (let index = 0; index < items.length; index++) {
        const item = items[index] as Json;
        keys.push(isClaimed(item) ? keyAt(item, index, counts, report) : undefined);
      }
      return keys;
    },
    accepts: pair === undefined ? () => true : remembering((key) => isTranslatable(() => nativeOf(key))),
    write: (key, into) => field.write(into, nativeOf(key), undefined),
  };
}

function isTranslatable(translate: () => Json | undefined): boolean {
  try {
    return translate() !== undefined;
  } catch {
    return false;
  }
}

const REMEMBERED = 1000;

/** Keys come from code lists, or count up from 1: the same ones in every record. */
function remembering(test: (key: string) => boolean): (key: string) => boolean {
  const known = new Map<string, boolean>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    if (known.size >= REMEMBERED) known.clear();
    const found = test(key);
    known.set(key, found);
    return found;
  };
}
