import type { Json } from "../adapter-kit/contract.ts";
import type { FieldPath, Fields } from "../canonical/types.ts";
import { isCanonicalId } from "../identity/canonical-id.ts";
import type { Mapping } from "../mapping/types.ts";
import { isPrefix } from "./field-rules.ts";
import type { SameField } from "./types.ts";

/** A wished record against what its system holds. */
export type Comparison = {
  wished: Fields;
  held: Fields;
  written: ReadonlyMap<FieldPath, Json | null>;
  mapping: Pick<Mapping, "writes">;
  /** Fields in dispute: not delivered anywhere until decided. */
  frozen: readonly FieldPath[];
  same: SameField;
};

/**
 * The fields that have to be written so that the system holds what is wished.
 *
 * A field is left out when the system cannot hold it, when it is in dispute, or when it was written with this very value
 * before and the system keeps a form of its own (cut, rounded) since.
 */
export function fieldsToWrite({ wished, held, written, mapping, frozen, same }: Comparison): FieldPath[] {
  const paths: FieldPath[] = [];
  const consider = (path: FieldPath, value: Json | undefined, now: Json | undefined) => {
    if (same(path, value, now) || !mapping.writes(path)) return;
    if (written.has(path) && same(path, written.get(path) ?? undefined, value)) return;
    if (frozen.some((disputed) => isPrefix(disputed, path))) return;
    paths.push(path);
  };
  for (const [path, value] of wished) consider(path, value, held.get(path));
  for (const [path, now] of held) if (!wished.has(path)) consider(path, undefined, now);
  return paths;
}

/** What the system will hold once these fields are written: the rest stays as it is there. */
export function overlay(held: Fields, wished: Fields, paths: readonly FieldPath[]): Fields {
  const result: Fields = new Map(held);
  for (const path of paths) {
    const value = wished.get(path);
    if (value === undefined) result.delete(path);
    else result.set(path, value);
  }
  return result;
}

export type ReadBack = {
  /** The shadow's fields: as read back where they were written, as before elsewhere. */
  held: Fields;
  written: Map<FieldPath, Json | null>;
  /** Fields nobody wrote through the hub and that still differ: somebody's edit, to be taken in as an observation. */
  foreign: FieldPath[];
  /** References that came back naming another record, for the first time: to be compared with the wish once more. */
  strayed: FieldPath[];
};

/**
 * What to believe after a write, given the record as read back.
 *
 * Fields that were sent hold whatever the system made of them; that form is its representation, no edit. A field that was
 * not sent and differs from before was edited there in the meantime, or filled in by the system when it made the record
 * (a number, a default of its own): news either way.
 *
 * A reference that comes back as another record is the system's own choice only when it comes back so again: the local id
 * that was sent may have been given to another record meanwhile (after a restore of that system).
 *
 * @param sent  Paths that were written, as absent too.
 */
export function believeReadBack(
  before: Fields,
  wished: Fields,
  writtenBefore: ReadonlyMap<FieldPath, Json | null>,
  readBack: Fields,
  sent: readonly FieldPath[],
  same: SameField,
): ReadBack {
  const held: Fields = new Map(before);
  const written = new Map(writtenBefore);
  const sentPaths = new Set(sent);
  const foreign: FieldPath[] = [];
  const strayed: FieldPath[] = [];
  const settle = (path: FieldPath) => {
    const now = readBack.get(path);
    const wish = wished.get(path);
    if (sentPaths.has(path)) {
      if (now === undefined) held.delete(path);
      else held.set(path, now);
      const isNewThere = !same(path, now, before.get(path));
      if (same(path, now, wish)) written.delete(path);
      else if (isReference(wish) && isNewThere) {
        written.delete(path);
        strayed.push(path);
      } else written.set(path, wish ?? null);
    } else if (!same(path, now, before.get(path))) foreign.push(path);
  };
  for (const path of new Set([...before.keys(), ...readBack.keys(), ...sent])) settle(path);
  return { held, written, foreign, strayed };
}

function isReference(value: Json | undefined): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && isCanonicalId(value["id"]);
}
