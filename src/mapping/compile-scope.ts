import type { Json } from "../adapter-kit/contract.ts";
import { readAll, writeAll } from "./accessor.ts";
import { compileConditionAt } from "./compile-expression.ts";
import { compileField } from "./compile-field.ts";
import { compileFlatItem, compileListGroup, type ListMember } from "./compile-list.ts";
import type { WriteDefinition } from "./definition.ts";
import { compileBag } from "./extension-bag.ts";
import { compileWrite, parseNativePath } from "./path.ts";
import { asFieldRule, eachRule, isListRule, listPath, type ScopeDefinition } from "./rules.ts";
import type { CompileContext, CompiledRule, Place, Reader, Writer } from "./scope.ts";

export type CompiledScope = { read: Reader; write: Writer };

export type CompileScope = (
  definition: ScopeDefinition,
  context: CompileContext,
  place: Place,
) => CompiledScope;

/** Compiles all rules of a scope. Native lists are written first, then single fields (which may select items of them), then constants. */
export function compileScope(
  definition: ScopeDefinition,
  context: CompileContext,
  place: Place,
): CompiledScope {
  const fields: CompiledRule[] = [];
  const flat: CompiledRule[] = [];
  const groups = new Map<string, ListMember[]>();
  for (const { name, rule, at } of eachRule(definition.fields, [...place.at, "fields"])) {
    const inner = { ...place, at };
    if (!isListRule(rule)) fields.push(compileField(name, asFieldRule(rule), context, inner));
    else if (rule.list === undefined) flat.push(compileFlatItem(name, rule, context, inner, compileScope));
    else groups.set(listPath(rule.list), [...(groups.get(listPath(rule.list)) ?? []), { name, rule, at }]);
  }
  const lists = [...groups].map(([path, members]) =>
    compileListGroup(path, members, context, place, compileScope),
  );
  const bag =
    definition.extensions === undefined ? [] : compileBag(definition, definition.extensions, context, place);
  const constants = Object.entries(definition.write ?? {}).map(([path, write]) =>
    compileConstantWrite(path, write, context, place),
  );
  return combine([...lists, ...fields, ...flat, ...bag, ...constants]);
}

function combine(rules: readonly CompiledRule[]): CompiledScope {
  const readers = rules.flatMap((rule) => (rule.read ? [rule.read] : []));
  const writers = rules.flatMap((rule) => (rule.write ? [rule.write] : []));
  return { read: readAll(readers), write: writeAll(writers) };
}

function compileConstantWrite(
  path: string,
  definition: WriteDefinition,
  context: CompileContext,
  place: Place,
): CompiledRule {
  const at = [...place.at, "write", path];
  const parsed = parseNativePath(path);
  if (typeof parsed === "string") {
    context.faults.add(at, parsed, "properties joined by dots");
    return {};
  }
  const { constant, when, only } =
    typeof definition === "object" ? definition : { constant: definition as Json };
  const put = compileWrite(parsed.steps);
  const holds = when === undefined ? undefined : compileConditionAt(when, context, [...at, "when"]);
  return {
    write(body, into, held) {
      if (body === undefined || (only === "create" && held !== undefined)) return;
      if (holds === undefined || holds(body)) put(into, constant, held);
    },
  };
}
