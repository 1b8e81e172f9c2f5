import type { Json, JsonObject } from "../adapter-kit/contract.ts";

/** The body of a canonical record: what its schema describes, without id, version and cross references, which live beside it. */
export type Body = JsonObject;

/**
 * A reference to another canonical record as it stands inside a body.
 * Resolved: `{ id }`. Pending, as an adapter's mapping makes it: `{ system, localId }`, resolved by the hub before merging.
 */
export type Reference = { id: string } | { system: string; localId: string };

/** A path into a body: property names joined by `.`, items of keyed lists as `list[key]`, e.g. `addresses[billing].city`. */
export type FieldPath = string;

/** The leaves of a body. Lists without a key, and references, are leaves. */
export type Fields = Map<FieldPath, Json>;

/** What is wrong with a body, said to the person who can correct it. */
export type Problem = {
  path: FieldPath;
  value: Json | undefined;
  /** One sentence, e.g. `country "Germny" is no ISO 3166-1 code`. */
  text: string;
  /** In words, e.g. `two letters such as DE`. */
  accepts?: string;
};

/** How strongly a value identifies a record when two systems' records are matched. */
export type BusinessKey = { kind: string; value: string };

/** A canonical type as the hub uses it; made from `schemas/<entity>.schema.json`. */
export type EntityType = {
  name: string;
  title: string;
  /** All problems of a body: schema first, then the quality rules (totals, currencies, dates, codes). */
  validate(body: Body): Problem[];
  /** Name of the property that keys the items of the list at this path (list keys taken out: `addresses`, `lines.taxes`); undefined: a plain list. */
  listKey(path: string): string | undefined;
  /** Every reference in the body, with the entity it points to; `required` when the schema demands it. */
  references(body: Body): { path: FieldPath; entity: string; reference: Reference; required: boolean }[];
  /** Values by which a person looks the record up: numbers, names, e-mail addresses, normalised to lower case. */
  businessKeys(body: Body): BusinessKey[];
};

/** All canonical types. */
export type Model = {
  entities: string[];
  /** Throws NAVE_NOT_SUPPORTED for a name that is no canonical type. */
  entity(name: string): EntityType;
};
