import type {
  ExtensionsDefinition,
  FieldRule,
  FieldsDefinition,
  KeyRule,
  ListRule,
  RuleDefinition,
  WriteDefinition,
} from "./definition.ts";
import type { SourcePath } from "./faults.ts";

/** The rules of a record, or of the items of a list. */
export type ScopeDefinition = {
  fields: FieldsDefinition;
  write?: Record<string, WriteDefinition>;
  extensions?: ExtensionsDefinition;
};

/** Every rule of the fields, a path with several rules taken apart, with its place in the file. */
export function eachRule(
  fields: FieldsDefinition,
  at: SourcePath,
): { name: string; rule: RuleDefinition; at: SourcePath }[] {
  return Object.entries(fields).flatMap(([name, rules]) =>
    Array.isArray(rules)
      ? rules.map((rule, index) => ({ name, rule, at: [...at, name, index] }))
      : [{ name, rule: rules, at: [...at, name] }],
  );
}

export function isListRule(rule: RuleDefinition): rule is ListRule {
  return typeof rule === "object" && "fields" in rule;
}

export function asFieldRule(rule: string | FieldRule): FieldRule {
  return typeof rule === "string" ? { native: rule } : rule;
}

/** `lines[]` and `lines` name the same list. */
export function listPath(text: string): string {
  return text.endsWith("[]") ? text.slice(0, -2) : text;
}

/** The short forms of a key: a flat item's constant, or the native path in the items of a list. */
export function keyRuleOf(rule: ListRule): KeyRule {
  if (typeof rule.key !== "string") return rule.key;
  return rule.list === undefined ? { constant: rule.key } : { native: rule.key };
}
