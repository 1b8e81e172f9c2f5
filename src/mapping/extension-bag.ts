import type { Json, JsonObject } from "../adapter-kit/contract.ts";
import { propertyReader, propertyWriter } from "./accessor.ts";
import { compileField } from "./compile-field.ts";
import type { ExtensionsDefinition, RuleDefinition } from "./definition.ts";
import { isEmptyValue, isObject } from "./path.ts";
import type { ScopeDefinition } from "./rules.ts";
import type { CompileContext, CompiledRule, Place } from "./scope.ts";

/**
 * Carries native fields that nothing maps under `extensions.<system>`, so that a round trip loses nothing.
 * Named fields are cleared like mapped ones; with `all`, a field missing from the bag is left alone.
 */
export function compileBag(
  scope: ScopeDefinition,
  extensions: ExtensionsDefinition,
  context: CompileContext,
  place: Place,
): CompiledRule[] {
  if (Array.isArray(extensions)) {
    return extensions.map((path) =>
      compileField(`extensions.${context.system}.${path}`, { native: path }, context, {
        ...place,
        at: [...place.at, "extensions"],
      }),
    );
  }
  const except = extensions === "all" ? [] : extensions.except;
  return [carryUnmapped(nativeTree([...mappedNatives(scope), ...except]), context.system)];
}

/** Native properties that rules account for; `true` stands for the whole property. */
type Tree = Map<string, Tree | true>;

function carryUnmapped(mapped: Tree, system: string): CompiledRule {
  const get = propertyReader(["extensions", system]);
  const set = propertyWriter(["extensions", system]);
  return {
    read(native, into) {
      const bag = unmapped(native, mapped);
      if (bag === undefined) return false;
      set(into, bag);
      return true;
    },
    write(body, into) {
      const bag = body === undefined ? undefined : get(body);
      if (isObject(bag)) Object.assign(into, restored(bag, into, mapped));
    },
  };
}

function unmapped(native: JsonObject, mapped: Tree): JsonObject | undefined {
  const bag: JsonObject = {};
  let found = false;
  for (const name of Object.keys(native)) {
    const below = mapped.get(name);
    if (below === true || name === "__proto__") continue;
    const value = native[name];
    const carried =
      below === undefined || !isObject(value)
        ? below === undefined
          ? value
          : undefined
        : unmapped(value, below);
    if (isEmptyValue(carried)) continue;
    bag[name] = carried;
    found = true;
  }
  return found ? bag : undefined;
}

function restored(bag: JsonObject, into: JsonObject, mapped: Tree): JsonObject {
  const result: JsonObject = { ...into };
  for (const name of Object.keys(bag)) {
    const below = mapped.get(name);
    if (below === true || name === "__proto__") continue;
    const value = bag[name] as Json;
    const present = into[name];
    result[name] =
      below !== undefined && isObject(value)
        ? restored(value, isObject(present) ? present : {}, below)
        : value;
  }
  return result;
}

function nativeTree(paths: readonly string[]): Tree {
  const tree: Tree = new Map();
  for (const path of paths) {
    const names = path.replaceAll(/\[.*?\].*/g, "").split(".");
    let at = tree;
    for (const [index, name] of names.entries()) {
      const below = at.get(name);
      if (below === true) break;
      if (index === names.length - 1) at.set(name, true);
      else {
        const next = below ?? new Map<string, Tree | true>();
        at.set(name, next);
        at = next;
      }
    }
  }
  return tree;
}

/** Every native path that the rules of a scope name; flat items lie in the scope too. */
export function mappedNatives(scope: ScopeDefinition): string[] {
  const rules = Object.values(scope.fields).flat();
  return [...rules.flatMap(nativesOfRule), ...Object.keys(scope.write ?? {})];
}

function nativesOfRule(rule: RuleDefinition): string[] {
  if (typeof rule === "string") return [rule];
  if (!("fields" in rule)) return [rule.native ?? []].flat();
  return rule.list === undefined ? mappedNatives(rule) : [rule.list];
}
