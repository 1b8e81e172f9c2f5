import { flatten, sameField } from "../canonical/fields.ts";
import type { Body, EntityType, Fields } from "../canonical/types.ts";
import { selectCanonical } from "../store/canonical-records.ts";
import { selectReferencesOf } from "../store/cross-references.ts";
import type { Sql } from "../store/database.ts";
import { wereMerged } from "../store/identity-merges.ts";
import { findSurvivor } from "./survivor.ts";

/**
 * Whether a local id names another record than the one it is linked to: the system has been restored from an older copy and
 * has given the id out a second time. It has when the record there carries the hub's key of another one, which has no
 * record of its own in that system, and its content is the other one's rather than that of the one linked.
 *
 * @returns the record that lives under the id now, or undefined when the link stands.
 */
export async function findSecondLife(
  sql: Sql,
  type: EntityType,
  place: { system: string; linked: string; key: string },
  observed: Fields,
): Promise<string | undefined> {
  const { system, linked, key } = place;
  if (key === linked) return undefined;
  const other = await findSurvivor(sql, type.name, key);
  if (other === undefined || other === linked) return undefined;
  const references = await selectReferencesOf(sql, type.name, other);
  if (references.some((reference) => reference.system === system && reference.isPrimary)) return undefined;
  if (await wereMerged(sql, type.name, linked, other)) return undefined;
  const bodies = new Map(
    (await selectCanonical(sql, type.name, [linked, other])).map((record) => [record.id, record.body]),
  );
  const agreeing = (body: Body | undefined) =>
    [...flatten(type, body ?? {})].filter(([path, value]) => sameField(type, path, value, observed.get(path)))
      .length;
  return agreeing(bodies.get(other)) > agreeing(bodies.get(linked)) ? other : undefined;
}
