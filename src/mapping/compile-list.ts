import type { Json, JsonObject } from "../adapter-kit/contract.ts";
import { propertyMaker, propertyReader, propertyWriter } from "./accessor.ts";
import { compileWhen } from "./compile-expression.ts";
import type { CompileScope } from "./compile-scope.ts";
import type { ListRule } from "./definition.ts";
import type { SourcePath } from "./faults.ts";
import { compileKey } from "./item-key.ts";
import {
  asItems,
  compileRead,
  compileWrite,
  isObject,
  parseCanonicalPath,
  parseNativePath,
  type Read,
} from "./path.ts";
import { keyRuleOf } from "./rules.ts";
import { type CompileContext, type CompiledRule, type Place, prefixProblems, wholePath } from "./scope.ts";
import type { NativeProblem } from "./types.ts";
import { type CanonicalList, type List, writeLists } from "./write-lists.ts";

export type ListMember = { name: string; rule: ListRule; at: SourcePath };

/** One item with a constant key whose fields lie flat in the surrounding native record (`billing_city`). */
export function compileFlatItem(
  name: string,
  rule: ListRule,
  context: CompileContext,
  place: Place,
  compileScope: CompileScope,
): CompiledRule {
  const canonical = canonicalList(name, context, place);
  const { scope, holdsWhen } = compileItem(name, rule, context, place, compileScope);
  const key = keyRuleOf(rule).constant;
  if (key === undefined) {
    context.faults.add(
      [...place.at, "key"],
      "without list there is one item, whose key is constant",
      "a text",
    );
    return {};
  }
  if (rule.extensions !== undefined)
    context.faults.add([...place.at, "extensions"], "an item without list has no fields of its own to carry");
  const compiled: CompiledRule = {
    read(native, into, problems) {
      if (holdsWhen.native !== undefined && !holdsWhen.native(native)) return false;
      const item: JsonObject = canonical.newItem(key);
      const before = problems.length;
      const found = scope.read(native, item, problems);
      if (problems.length > before) prefixProblems(problems, before, `${name}[${key}]`);
      if (found) canonical.append(into, [item]);
      return found;
    },
    write(body, into, held, problems) {
      const item = canonical.items(body).find((one) => isObject(one) && canonical.keyOf(one) === key) as
        | JsonObject
        | undefined;
      if (item !== undefined && holdsWhen.canonical !== undefined && !holdsWhen.canonical(item)) return;
      // What was never read is not absent.
      const isUnread = held !== undefined && holdsWhen.native !== undefined && !holdsWhen.native(held);
      if (item === undefined && isUnread) return;
      const before = problems.length;
      scope.write(item, into, held, problems);
      if (problems.length > before) prefixProblems(problems, before, `${name}[${key}]`);
    },
  };
  return oneWay(compiled, rule.direction);
}

/** All rules that share one native list: each claims its items, and what none claims stays in the target untouched. */
export function compileListGroup(
  path: string,
  members: readonly ListMember[],
  context: CompileContext,
  place: Place,
  compileScope: CompileScope,
): CompiledRule {
  const native = parseNativePath(path);
  const lists = members.map((member) =>
    compileMember(member, context, { ...place, at: member.at }, compileScope),
  );
  if (typeof native === "string") {
    context.faults.add(
      [...(members[0]?.at ?? place.at), "list"],
      native,
      "properties joined by dots, [] at the end",
    );
    return {};
  }
  const get = compileRead(native.steps);
  const put = compileWrite(native.steps);
  const written = lists.filter((list) => list.rule.direction !== "in");
  const readers = lists
    .filter((list) => list.rule.direction !== "out")
    .map((list) => listReader(list, path, get));
  const compiled: CompiledRule = {
    read(record, into, problems) {
      let found = false;
      for (const read of readers) if (read(record, into, problems)) found = true;
      return found;
    },
  };
  if (written.length === 0) return compiled;
  compiled.write = (body, into, held, problems) => {
    const heldItems = held === undefined ? [] : asItems(get(held));
    const result = writeLists(written, body, heldItems, problems);
    if (result.length > 0 || heldItems.length > 0) put(into, result, held);
  };
  return compiled;
}

function compileMember(
  { name, rule }: ListMember,
  context: CompileContext,
  place: Place,
  compileScope: CompileScope,
): List {
  const { scope, holdsWhen } = compileItem(name, rule, context, place, compileScope);
  const key = compileKey(rule, holdsWhen.native, context, place);
  return { name, rule, scope, key, holdsWhen, canonical: canonicalList(name, context, place) };
}

function compileItem(
  name: string,
  rule: ListRule,
  context: CompileContext,
  place: Place,
  compileScope: CompileScope,
) {
  return {
    scope: compileScope(rule, context, { at: place.at, canonical: wholePath(place, name) }),
    holdsWhen: compileWhen(rule.when, context, place),
  };
}

function listReader(list: List, path: string, get: Read) {
  const { scope, canonical, key, name } = list;
  const nativeTitle = (item: Json | undefined, index: number): string =>
    `${path}[${titleOf(list, item, index)}]`;
  return (record: JsonObject, into: JsonObject, problems: NativeProblem[]): boolean => {
    const items = asItems(get(record));
    if (items.length === 0) return false;
    const keys = key.ofItems(items, (index, problem) =>
      problems.push({
        ...problem,
        path: `${name}[]`,
        native: `${nativeTitle(items[index], index)}.${problem.native}`,
      }),
    );
    const found: JsonObject[] = [];
    for (let index = 0; index < items.length; index++) {
      const itemKey = keys[index];
      const native = items[index];
      if (itemKey === undefined || !isObject(native)) continue;
      const item = canonical.newItem(itemKey);
      const before = problems.length;
      if (scope.read(native, item, problems)) found.push(item);
      if (problems.length > before)
        prefixProblems(problems, before, `${name}[${itemKey}]`, nativeTitle(native, index));
    }
    if (found.length === 0) return false;
    canonical.append(into, found);
    return true;
  };
}

/** How a person finds the item: by the target's id where the rule names it, else by its place, counted from 0. */
function titleOf(list: List, item: Json | undefined, index: number): string {
  const id = list.rule.id !== undefined && isObject(item) ? item[list.rule.id] : undefined;
  return typeof id === "string" || typeof id === "number" ? `${list.rule.id}=${id}` : String(index);
}

function canonicalList(name: string, context: CompileContext, place: Place): CanonicalList {
  const path = parseCanonicalPath(name);
  const parts = typeof path === "string" ? [name] : path;
  if (typeof path === "string") context.faults.add(place.at, path, "property names joined by dots");
  const whole = wholePath(place, name);
  const keyName = context.listKey(whole);
  if (keyName === undefined) context.faults.add(place.at, `${context.entity} has no keyed list "${whole}"`);
  const get = propertyReader(parts);
  const set = propertyWriter(parts);
  return {
    keyOf: propertyReader([keyName ?? "key"]),
    newItem: propertyMaker(keyName ?? "key"),
    items(body: JsonObject | undefined): Json[] {
      const items = body === undefined ? undefined : get(body);
      return Array.isArray(items) ? items : [];
    },
    append(into: JsonObject, found: JsonObject[]): void {
      const items = get(into);
      set(into, Array.isArray(items) ? [...items, ...found] : found);
    },
  };
}

function oneWay(compiled: CompiledRule, direction: ListRule["direction"]): CompiledRule {
  if (direction === "in" && compiled.read) return { read: compiled.read };
  if (direction === "out" && compiled.write) return { write: compiled.write };
  return compiled;
}
