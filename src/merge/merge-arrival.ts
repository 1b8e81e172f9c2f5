import { flatten, sameField } from "../canonical/fields.ts";
import type { EntityType, Fields } from "../canonical/types.ts";
import { DEFAULT_DELETES } from "../config/defaults.ts";
import type { DeleteConfig, FieldRule } from "../config/types.ts";
import type { Hub } from "../hub.ts";
import type { Mapping } from "../mapping/types.ts";
import type { CanonicalRecord } from "../store/canonical-records.ts";
import type { Message } from "../store/messages.ts";
import type { Shadow } from "../store/shadows.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";
import { disagreements, type Other } from "./after-restore.ts";
import { mergeRecord } from "./merge-record.ts";
import type { Change, FieldDecision, MergeResult } from "./types.ts";

export type Arrival = {
  record: CanonicalRecord | undefined;
  shadow: Shadow | undefined;
  message: Message;
  /** What the system holds, references resolved. */
  fields: Fields;
  /** While the hub catches up after a restore of its store: what other systems were seen to hold since. */
  others: readonly Pick<Shadow, "system" | "canonical" | "written">[] | undefined;
};

export type MergedArrival = { result: MergeResult; archived: boolean };

/** What one system's observation makes of the canonical record: its fields, or its end. Pure. */
export function mergeArrival(
  hub: Hub,
  system: ConnectedSystem,
  type: EntityType,
  arrival: Arrival,
): MergedArrival {
  const { record, shadow, message } = arrival;
  const current: Fields = record ? flatten(type, record.body) : new Map();
  const config = hub.config.entities[type.name];
  const held = shadow && !shadow.deleted ? flatten(type, shadow.canonical) : undefined;
  const change: Change = {
    system: system.name,
    messageId: message.id,
    observed: arrival.fields,
    held,
    written: new Map(Object.entries(shadow?.written ?? {})),
    reads: (path) => system.mapping(type.name).reads(path),
    at: (message.modifiedAt ?? message.createdAt).toISOString(),
    uncertaintyMs: system.uncertaintyMs,
    same: (path, one, other) => sameField(type, path, one, other),
  };
  const deletes = config?.deletes ?? DEFAULT_DELETES;
  const mapping = system.mapping(type.name);
  if (message.deleted) return mergeDelete(current, record, shadow, change, mapping, deletes);
  const rules = config?.rules ?? [];
  const merged = mergeRecord(current, record?.provenance ?? {}, change, rules);
  const result = arrival.others
    ? withDisagreements(hub, type, merged, change, arrival.others, rules)
    : merged;
  return { result, archived: stayArchived(record, shadow, result, deletes) };
}

function withDisagreements(
  hub: Hub,
  type: EntityType,
  result: MergeResult,
  change: Change,
  shadows: NonNullable<Arrival["others"]>,
  rules: readonly FieldRule[],
): MergeResult {
  const others = shadows.flatMap(({ system, canonical, written }): Other[] => {
    const mapping = hub.systems.get(system)?.mapping(type.name);
    const fields = flatten(type, canonical);
    const forms = new Set(Object.keys(written));
    return mapping ? [{ fields, written: forms, reads: (path) => mapping.reads(path) }] : [];
  });
  const decisions = [...result.decisions, ...disagreements(result, change, others, rules)];
  // A record that is known to the hub from an older copy only, or from the other system: somebody may be overruled.
  return { ...result, decisions, firstContact: false };
}

/** A delete archives, unless the rule says otherwise or another system has edited since and edits win. */
function mergeDelete(
  current: Fields,
  record: CanonicalRecord | undefined,
  shadow: Shadow | undefined,
  change: Change,
  mapping: Pick<Mapping, "writes">,
  deletes: DeleteConfig,
): MergedArrival {
  const unchanged: MergeResult = {
    fields: current,
    before: current,
    provenance: record?.provenance ?? {},
    changed: [],
    decisions: [],
    moved: [],
    firstContact: false,
  };
  const archived = record?.archived ?? false;
  if (archived || shadow?.deleted || deletes.onDelete === "ignore") return { result: unchanged, archived };
  const editedElsewhere = editedSince(current, change, mapping);
  if (deletes.onDelete === "ask")
    return { result: { ...unchanged, decisions: [deleteDecision("open")] }, archived };
  if (editedElsewhere && deletes.deleteAgainstEdit === "edit") {
    return { result: { ...unchanged, decisions: [deleteDecision("kept")] }, archived: false };
  }
  return { result: unchanged, archived: true };
}

/** The path `*` stands for the whole record. */
function deleteDecision(decision: "open" | "kept"): FieldDecision {
  return {
    path: "*",
    offered: undefined,
    kept: undefined,
    base: undefined,
    rule: decision === "open" ? "ask" : "newest",
    decision,
  };
}

/** Whether the canonical record has moved on from what this system held, be it by a field that it lacked. */
function editedSince(
  current: Fields,
  { held, written, reads, same }: Change,
  mapping: Pick<Mapping, "writes">,
): boolean {
  if (!held) return false;
  const added = [...current.keys()].filter((path) => reads(path) && mapping.writes(path));
  return [...new Set([...held.keys(), ...added])].some(
    (path) => !same(path, current.get(path), written.get(path) ?? held.get(path)),
  );
}

/** An archived record comes back when the system that had deleted it holds it again, or when an edit wins by rule. */
function stayArchived(
  record: CanonicalRecord | undefined,
  shadow: Shadow | undefined,
  result: MergeResult,
  deletes: DeleteConfig,
): boolean {
  if (!record?.archived) return false;
  if (shadow?.deleted) return false;
  return !(result.changed.length > 0 && deletes.deleteAgainstEdit === "edit");
}
