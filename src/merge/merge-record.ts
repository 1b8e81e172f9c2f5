import type { Json } from "../adapter-kit/contract.ts";
import type { FieldPath, Fields } from "../canonical/types.ts";
import type { FieldRule } from "../config/types.ts";
import { ruleFor } from "./field-rules.ts";
import type { Change, FieldDecision, FieldOrigin, MergeResult, Provenance, RuleName } from "./types.ts";

/**
 * Merges one system's observation into the canonical record, field by field, against the state both last agreed on.
 *
 * Only fields in which the system differs from what it held before are changes. One that the canonical record has not
 * touched since both agreed is taken; one that both changed is decided by its rule; one that belongs to another system is
 * overruled. On first contact there is no base: what is missing is taken, what differs is decided by rule, and nothing
 * is removed.
 *
 * @param current     Canonical fields before; empty for a new record.
 * @param provenance  Origin of each canonical field.
 * @param rules       Who wins, by field path; the longest matching prefix decides.
 * @returns           New maps; the arguments are not changed.
 * @see docs/consistency.md, "Who wins"
 */
export function mergeRecord(
  current: Fields,
  provenance: Provenance,
  change: Change,
  rules: readonly FieldRule[],
): MergeResult {
  const fields: Fields = new Map(current);
  const origins: Provenance = { ...provenance };
  const originBy = originsOf(change);
  const changed: FieldPath[] = [];
  const decisions: FieldDecision[] = [];
  const paths = changedPaths(change);
  // A record whose last field was taken away is not new: the origins tell.
  const isNew = current.size === 0 && Object.keys(provenance).length === 0;
  for (const path of paths) {
    const offered = change.observed.get(path);
    const kept = current.get(path);
    if (change.same(path, offered, kept)) continue;
    const verdict = decide(path, offered, kept, provenance, change, ruleFor(path, rules), isNew);
    if (verdict.decision !== "clean") {
      decisions.push({
        path,
        offered,
        kept,
        base: agreedValue(path, change),
        rule: verdict.rule,
        decision: verdict.decision,
      });
    }
    if (verdict.decision !== "clean" && verdict.decision !== "taken") continue;
    if (offered === undefined) fields.delete(path);
    else fields.set(path, offered);
    origins[path] = originBy(verdict.rule);
    changed.push(path);
  }
  const firstContact = change.held === undefined;
  return { fields, before: current, provenance: origins, changed, decisions, moved: paths, firstContact };
}

/** One origin for each rule, whatever the number of fields. */
function originsOf({ system, at, messageId }: Change): (rule: RuleName) => FieldOrigin {
  const made = new Map<RuleName, FieldOrigin>();
  return (rule) => {
    const origin = made.get(rule) ?? { system, at, rule, messageId };
    made.set(rule, origin);
    return origin;
  };
}

/** Fields the system holds otherwise than when it was last seen; on first contact, all it holds. */
function changedPaths({ observed, held, reads, same }: Change): FieldPath[] {
  const paths: FieldPath[] = [];
  for (const [path, value] of observed) {
    if (reads(path) && (held === undefined || !same(path, value, held.get(path)))) paths.push(path);
  }
  for (const path of held?.keys() ?? []) if (!observed.has(path) && reads(path)) paths.push(path);
  return paths;
}

/** What hub and system last agreed on: the value as it was written, where the system keeps a form of its own. */
function agreedValue(path: FieldPath, { held, written }: Change): Json | undefined {
  if (!written.has(path)) return held?.get(path);
  return written.get(path) ?? undefined;
}

type Verdict = { decision: "clean" | FieldDecision["decision"]; rule: RuleName };

function decide(
  path: FieldPath,
  offered: Json | undefined,
  kept: Json | undefined,
  provenance: Provenance,
  change: Change,
  rule: FieldRule,
  isNew: boolean,
): Verdict {
  if (rule.rule === "owner") return decideByOwner(rule.owner, kept, provenance[path], change, isNew);
  const bothChanged =
    change.held === undefined ? kept !== undefined : !change.same(path, kept, agreedValue(path, change));
  if (!bothChanged) return { decision: "clean", rule: kept === undefined ? "only-source" : rule.rule };
  switch (rule.rule) {
    case "rank":
      return { rule: "rank", decision: ranksAbove(change.system, provenance[path]?.system, rule.systems) };
    case "newest":
      return { rule: "newest", decision: isNewer(change, provenance[path]?.at) ? "taken" : "kept" };
    case "most-complete":
      return { rule: "most-complete", decision: weight(offered) > weight(kept) ? "taken" : "kept" };
    case "ask":
      return { rule: "ask", decision: "open" };
  }
}

/**
 * A field's owner always wins; another system only fills in what nobody has and the owner has not removed, with a record
 * that is new or newly linked.
 */
function decideByOwner(
  owner: string,
  kept: Json | undefined,
  origin: FieldOrigin | undefined,
  change: Change,
  isNew: boolean,
): Verdict {
  if (change.system === owner) return { decision: "clean", rule: "owner" };
  const isNobodys = kept === undefined && origin?.system !== owner;
  const fillsIn = isNobodys && (isNew || change.held === undefined);
  return fillsIn ? { decision: "clean", rule: "only-source" } : { decision: "overruled", rule: "owner" };
}

function ranksAbove(system: string, other: string | undefined, systems: readonly string[]): "taken" | "kept" {
  const rank = (name: string | undefined) => {
    const index = name === undefined ? -1 : systems.indexOf(name);
    return index < 0 ? systems.length : index;
  };
  return rank(system) <= rank(other) ? "taken" : "kept";
}

/** Newer beyond doubt; within skew and precision what is there stays, so that the decision does not depend on arrival. */
function isNewer(change: Change, other: string | undefined): boolean {
  return other === undefined || Date.parse(change.at) - Date.parse(other) > change.uncertaintyMs;
}

function weight(value: Json | undefined): number {
  return value === undefined || value === null ? 0 : JSON.stringify(value).length;
}
