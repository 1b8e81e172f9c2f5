import type { Json } from "../adapter-kit/contract.ts";
import { flatten } from "../canonical/fields.ts";
import type { Body, EntityType, Fields } from "../canonical/types.ts";
import { selectCanonicalIds, selectLocalIds } from "../store/cross-references.ts";
import type { Sql } from "../store/database.ts";
import type { MissingReference } from "../store/reference-waits.ts";

export type Resolved = {
  fields: Fields;
  /** References the record cannot be without. */
  missing: MissingReference[];
  /** References left out for now; the record is taken up again when they arrive. */
  optionalMissing: MissingReference[];
};

/** A source's body with its local ids replaced by canonical ids, through the cross reference. */
export async function resolveReferences(sql: Sql, type: EntityType, body: Body): Promise<Resolved> {
  const [resolved] = await resolveAllReferences(sql, type, [body]);
  return resolved as Resolved;
}

/** The same for many bodies, with one question per entity they refer to. */
export async function resolveAllReferences(
  sql: Sql,
  type: EntityType,
  bodies: readonly Body[],
): Promise<Resolved[]> {
  const all = bodies.map(
    (body): Resolved => ({ fields: flatten(type, body), missing: [], optionalMissing: [] }),
  );
  const pending = bodies.flatMap((body, index) =>
    type
      .references(body)
      .flatMap(({ reference, ...rest }) => ("id" in reference ? [] : [{ index, ...rest, ...reference }])),
  );
  for (const [, group] of Map.groupBy(pending, ({ entity, system }) => `${entity}/${system}`)) {
    const [{ entity, system } = { entity: "", system: "" }] = group;
    const localIds = new Set(group.map(({ localId }) => localId));
    const ids = await selectCanonicalIds(sql, entity, system, [...localIds]);
    for (const { index, path, localId, required } of group) {
      const id = ids.get(localId);
      const found = id === undefined ? undefined : { id };
      settle(all[index] as Resolved, path, found, required, { entity, system, localId });
    }
  }
  return all;
}

/** A canonical body with its references as one target knows them. */
export async function localiseReferences(
  sql: Sql,
  type: EntityType,
  body: Body,
  system: string,
): Promise<Resolved> {
  const resolved: Resolved = { fields: flatten(type, body), missing: [], optionalMissing: [] };
  const known = type
    .references(body)
    .flatMap(({ reference, ...rest }) => ("id" in reference ? [{ ...rest, id: reference.id }] : []));
  for (const [entity, group] of Map.groupBy(known, (one) => one.entity)) {
    const localIds = await selectLocalIds(
      sql,
      entity,
      system,
      group.map(({ id }) => id),
    );
    for (const { path, id, required } of group) {
      const localId = localIds.get(id);
      const local = localId === undefined ? undefined : { system, localId };
      settle(resolved, path, local, required, { entity, system, canonicalId: id });
    }
  }
  return resolved;
}

function settle(
  resolved: Resolved,
  path: string,
  found: Json | undefined,
  required: boolean,
  gap: MissingReference,
): void {
  if (found !== undefined) {
    resolved.fields.set(path, found);
    return;
  }
  resolved.fields.delete(path);
  (required ? resolved.missing : resolved.optionalMissing).push(gap);
}
