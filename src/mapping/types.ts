import type { JsonObject } from "../adapter-kit/contract.ts";
import type { Body, FieldPath, Problem } from "../canonical/types.ts";

/**
 * A compiled two-way translation between a native record and a canonical body: pure and synchronous.
 *
 * References leave `toCanonical` as `{ system, localId }` and must enter `fromCanonical` in that form too, with the target's
 * own local id: the hub translates between the two through the cross reference.
 */
export type Mapping = {
  entity: string;
  native: string;
  /** Never throws: what cannot be translated is a problem naming the native field. */
  toCanonical(native: JsonObject): { body: Body; problems: NativeProblem[] };
  /** `held`: the record as the target has it, so that nested lists keep the target's own item ids and unmapped fields stay. */
  fromCanonical(body: Body, held?: JsonObject): { native: JsonObject; problems: Problem[] };
  /** Whether this system can hold the field at all. Prefix match: `addresses` covers `addresses[billing].city`. */
  covers(path: FieldPath): boolean;
  /** Whether the system's edits of this field are read (a one-way `out` field is written only). */
  reads(path: FieldPath): boolean;
  /** Whether the field is written to the system (a one-way `in` field is read only). */
  writes(path: FieldPath): boolean;
  fields: MappedField[];
};

/** A problem found in a native record; `native` is the path there, which is where a person corrects it. */
export type NativeProblem = Problem & { native: string };

/** A row of the field table in the docs and the console. */
export type MappedField = {
  canonical: FieldPath;
  native: string;
  direction: "both" | "in" | "out";
  converter?: string;
  codeList?: string;
  reference?: string;
  note?: string;
};
