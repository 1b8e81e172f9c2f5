import type { FieldPath } from "../canonical/types.ts";
import type { FieldRule } from "../config/types.ts";

const DEFAULT_RULE: FieldRule = { fields: ["*"], rule: "newest" };

/** The rule for a field: the longest prefix among all rules wins, `*` is the shortest, none at all means `newest`. */
export function ruleFor(path: FieldPath, rules: readonly FieldRule[]): FieldRule {
  let best = DEFAULT_RULE;
  let bestLength = -1;
  for (const rule of rules) {
    for (const field of rule.fields) {
      const length = field === "*" ? 0 : field.length;
      if (length > bestLength && isPrefix(field, path)) {
        best = rule;
        bestLength = length;
      }
    }
  }
  return best;
}

/** Whether `prefix` names this field, one above it, or the whole record (`*`). */
export function isPrefix(prefix: FieldPath, path: FieldPath): boolean {
  if (prefix === "*" || prefix === path) return true;
  if (!path.startsWith(prefix)) return false;
  const next = path[prefix.length];
  return next === "." || next === "[";
}
