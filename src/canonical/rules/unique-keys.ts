import type { Body, Problem } from "../types.ts";
import { NONE, type ValueRule } from "./rule.ts";

/** Items of a keyed list have different keys: otherwise nobody could tell which of the two a change means. */
export const uniqueKeys: ValueRule = (at, value, path) => {
  if (at.kind !== "keyed") return NONE;
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const item of value as Body[]) {
    const key = item[at.key] as string;
    if (seen.has(key)) {
      const text = `${path} has two items with the key "${key}"`;
      problems.push({ path: `${path}[${key}]`, value: key, text, accepts: "a different key for each item" });
    }
    seen.add(key);
  }
  return problems;
};
