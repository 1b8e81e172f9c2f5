import type { Json } from "../adapter-kit/contract.ts";
import { flatten, sameField } from "../canonical/fields.ts";
import type { EntityType } from "../canonical/types.ts";
import { isCanonicalId } from "../identity/canonical-id.ts";
import { findSurvivor } from "../identity/survivor.ts";
import { selectDisputedPaths } from "../store/conflicts.ts";
import { selectLinks } from "../store/cross-references.ts";
import type { Sql } from "../store/database.ts";
import { selectShadows } from "../store/shadows.ts";
import { selectWishBodies } from "../store/wishes.ts";
import type { Belief } from "./compare-record.ts";

export type Beliefs = (localId: string) => Belief;

/**
 * What the hub believes about these native records.
 *
 * @param keys  What their probe fields hold.
 */
export async function readBeliefs(
  sql: Sql,
  type: EntityType,
  system: string,
  localIds: readonly string[],
  keys: readonly (Json | undefined)[],
): Promise<Beliefs> {
  const links = await selectLinks(sql, type.name, system, localIds);
  const ids = [...new Set([...links.values()].map((link) => link.canonicalId))];
  const wishes = await selectWishBodies(sql, system, type.name, ids);
  const shadows = await selectShadows(sql, system, type.name, localIds);
  const disputed = await selectDisputedPaths(sql, type.name, ids);
  const survivors = await survivorsOf(sql, type.name, keys, new Set(ids));
  return (localId) => {
    const link = links.get(localId);
    const id = link?.canonicalId ?? "";
    const wish = wishes.get(id);
    const shadow = shadows.get(localId);
    const body = wish?.body ?? shadow?.canonical;
    return {
      canonicalId: link?.canonicalId,
      secondary: link !== undefined && !link.isPrimary,
      expected: body && flatten(type, body),
      held: shadow && flatten(type, shadow.canonical),
      written: new Map(Object.entries(shadow?.written ?? {})),
      frozen: disputed.get(id) ?? [],
      same: (path, one, other) => sameField(type, path, one, other),
      isOwnKey: (key) => (survivors.get(key) ?? key) === id,
      archived: wish?.action === "archive",
    };
  };
}

/** The records that keys of merged-away ones now stand for. */
async function survivorsOf(
  sql: Sql,
  entity: string,
  keys: readonly (Json | undefined)[],
  linked: ReadonlySet<string>,
): Promise<Map<string, string>> {
  const survivors = new Map<string, string>();
  for (const key of keys) {
    if (!isCanonicalId(key) || linked.has(key) || survivors.has(key)) continue;
    survivors.set(key, (await findSurvivor(sql, entity, key)) ?? key);
  }
  return survivors;
}
