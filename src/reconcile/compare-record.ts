import type { Json, Observation } from "../adapter-kit/contract.ts";
import type { FieldPath, Fields } from "../canonical/types.ts";
import { isCanonicalId } from "../identity/canonical-id.ts";
import type { Mapping } from "../mapping/types.ts";
import { fieldsToWrite } from "../merge/deliverable.ts";
import { isPrefix } from "../merge/field-rules.ts";
import type { SameField } from "../merge/types.ts";

/** What the hub believes about one native record. */
export type Belief = {
  canonicalId: string | undefined;
  /** A second record of the same thing in the system: kept aside, so nothing is expected of it. */
  secondary: boolean;
  /** What the system shall hold: what is wished of it or, where nothing is, what it was last seen to hold. */
  expected: Fields | undefined;
  /** The shadow, and the values the system holds in a form of its own. */
  held: Fields | undefined;
  written: ReadonlyMap<FieldPath, Json>;
  frozen: readonly FieldPath[];
  archived: boolean;
  same: SameField;
  /** Whether a key of ours found in the record is its own, or that of one merged into it. */
  isOwnKey: (key: string) => boolean;
};

export type Difference = {
  kind: "extra" | "different" | "mismatched-reference";
  path: FieldPath | null;
  hub: Json;
  systemValue: Json;
};

/**
 * Every difference between one live record as the system holds it and as the hub wants it. Pure.
 *
 * Of a field that is read there and not written, the hub wants nothing: it differs when the system holds otherwise than it was
 * last seen to, which is a change that the hub has missed.
 */
export function compareRecord(
  observation: Observation,
  observed: Fields,
  belief: Belief,
  mapping: Pick<Mapping, "reads" | "writes">,
  probe: string | undefined,
): Difference[] {
  if (belief.secondary) return [];
  const key = probe === undefined ? undefined : observation.native[probe];
  if (belief.canonicalId === undefined || !belief.expected) {
    return [{ kind: "extra", path: null, hub: null, systemValue: observation.localId }];
  }
  if (isCanonicalId(key) && !belief.isOwnKey(key)) {
    return [{ kind: "mismatched-reference", path: null, hub: belief.canonicalId, systemValue: key }];
  }
  if (belief.archived) return [different("*", "archived", "live")];
  const written = stillHeld(belief, observed);
  const paths = new Set(
    fieldsToWrite({
      wished: belief.expected,
      held: observed,
      written,
      mapping,
      frozen: belief.frozen,
      same: belief.same,
    }),
  );
  const wanted = new Map(belief.expected);
  const seen = belief.held ?? belief.expected;
  for (const path of new Set([...observed.keys(), ...seen.keys()])) {
    if (!mapping.reads(path) || mapping.writes(path)) continue;
    if (belief.frozen.some((disputed) => isPrefix(disputed, path))) continue;
    if (belief.same(path, observed.get(path), seen.get(path))) continue;
    paths.add(path);
    wanted.set(path, seen.get(path) ?? null);
  }
  return [...paths].map((path) => different(path, wanted.get(path) ?? null, observed.get(path) ?? null));
}

/** A form of its own excuses a field only as long as the system still holds that very form. */
function stillHeld({ held, written, same }: Belief, observed: Fields): Map<FieldPath, Json> {
  return new Map([...written].filter(([path]) => same(path, held?.get(path), observed.get(path))));
}

function different(path: FieldPath, hub: Json, systemValue: Json): Difference {
  return { kind: "different", path, hub, systemValue };
}
