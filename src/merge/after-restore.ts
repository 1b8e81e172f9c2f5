import type { FieldPath, Fields } from "../canonical/types.ts";
import type { FieldRule } from "../config/types.ts";
import { ruleFor } from "./field-rules.ts";
import type { Change, FieldDecision, MergeResult } from "./types.ts";

/** What another system was seen to hold since the hub's store was restored. */
export type Other = { fields: Fields; written: ReadonlySet<FieldPath>; reads: (path: FieldPath) => boolean };

/**
 * Where systems disagree while the hub catches up with what happened since its store was restored.
 *
 * What hub and system last agreed on is of an earlier day by then. A value equal to it looks untouched, and may yet be the
 * latest: changed and changed back since. The merge takes the value that differs from it, which is right far more often; a
 * disagreement about which nothing is known must not pass unseen, so each is a conflict on record, with both values. Fields
 * that one system owns are beyond dispute.
 *
 * @param result  Of merging the system's observation.
 * @param others  The other systems that have been read since.
 */
export function disagreements(
  result: MergeResult,
  change: Change,
  others: readonly Other[],
  rules: readonly FieldRule[],
): FieldDecision[] {
  const decided = new Set(result.decisions.map(({ path }) => path));
  const found: FieldDecision[] = [];
  const add = (path: FieldPath, kept: FieldDecision["kept"], decision: "kept" | "taken") => {
    const { rule } = ruleFor(path, rules);
    if (rule === "owner" || decided.has(path)) return;
    decided.add(path);
    const base = change.held?.get(path);
    found.push({ path, offered: change.observed.get(path), kept, base, rule, decision });
  };
  for (const path of result.changed) {
    const offered = change.observed.get(path);
    for (const { fields, written, reads } of others) {
      const value = fields.get(path);
      if (value === undefined || written.has(path) || !reads(path)) continue;
      if (!change.same(path, value, offered)) add(path, value, "taken");
    }
  }
  for (const [path, value] of change.observed) {
    if (change.written.has(path) || !change.reads(path)) continue;
    const now = result.fields.get(path);
    if (!change.same(path, value, now)) add(path, now, "kept");
  }
  return found;
}
