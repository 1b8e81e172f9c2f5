import type { Fields } from "../canonical/types.ts";
import type { MatchingConfig, MatchScoreRule, Normaliser } from "../config/types.ts";
import type { KeyValue } from "../store/match-keys.ts";
import { normalise } from "./normalise.ts";
import { similarity } from "./similarity.ts";
import type { Match } from "./types.ts";

/** The blocking keys of a record: records of different systems that share one are compared. A rule with a missing field gives none. */
export function blockingKeys(fields: Fields, config: MatchingConfig): KeyValue[] {
  const keys: KeyValue[] = [];
  for (const rule of config.keys) {
    const parts = rule.fields.map((field) => valuesAt(fields, field, rule.normalise));
    for (const value of combine(parts)) keys.push({ kind: rule.name, value });
  }
  return keys;
}

/** How likely two records describe the same thing, with the reasons in words. */
export function scoreMatch(canonicalId: string, one: Fields, other: Fields, config: MatchingConfig): Match {
  let score = 0;
  const reasons: string[] = [];
  for (const rule of config.scores) {
    const points = scoreField(one, other, rule);
    if (points === 0) continue;
    score += points;
    reasons.push(`${rule.name} ${points > 0 ? "agrees" : "differs"} (${points > 0 ? "+" : ""}${points})`);
  }
  return { canonicalId, score, reasons };
}

function scoreField(one: Fields, other: Fields, rule: MatchScoreRule): number {
  const left = valuesAt(one, rule.field, rule.normalise);
  const right = valuesAt(other, rule.field, rule.normalise);
  if (left.length === 0 || right.length === 0) return 0;
  if (left.some((value) => right.includes(value))) return rule.equal;
  if (rule.similarFrom === undefined) return rule.different;
  const best = Math.max(...left.flatMap((a) => right.map((b) => similarity(a, b))));
  return best >= rule.similarFrom ? Math.round(rule.equal * best) : rule.different;
}

/** Values of a field; `[*]` stands for every item of a keyed list. */
function valuesAt(fields: Fields, pattern: string, steps: readonly Normaliser[]): string[] {
  const [before, after] = pattern.split("[*]");
  const values = new Set<string>();
  for (const [path, value] of fields) {
    const matches =
      after === undefined
        ? path === pattern
        : path.startsWith(`${before}[`) &&
          path.endsWith(`]${after}`) &&
          !path.slice(before?.length, -after.length).includes(".");
    if (!matches || value === null || typeof value === "object") continue;
    const text = normalise(String(value), steps);
    if (text !== "") values.add(text);
  }
  return [...values];
}

function combine(parts: readonly string[][]): string[] {
  return parts
    .reduce<string[]>(
      (rows, values) => rows.flatMap((row) => values.map((value) => (row ? `${row}|${value}` : value))),
      [""],
    )
    .filter((value) => value !== "");
}
