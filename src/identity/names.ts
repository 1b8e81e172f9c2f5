import type { Body } from "../canonical/types.ts";
import type { Hub } from "../hub.ts";
import { nameAllRecords, nameRecord } from "../store/cross-references.ts";
import type { Sql } from "../store/database.ts";

/**
 * Systems that exchange documents have no records of what they name: "your item BIKE-7", "your order 4711". Their
 * manifests tell by which of our values they name an entity (`namedBy`), and that value is the record's local id there.
 * References to it then translate, and wait, like all others.
 */
export async function nameForSystems(
  hub: Hub,
  sql: Sql,
  entity: string,
  canonicalId: string,
  body: Body,
  before: Body | undefined,
): Promise<void> {
  for (const { name, manifest } of hub.systems.values()) {
    const field = manifest.namedBy[entity];
    if (field === undefined || body[field] === before?.[field]) continue;
    const value = body[field];
    if (typeof value === "string") await nameRecord(sql, entity, name, value, canonicalId);
  }
}

/** Asked for when the hub starts: a system may be new, and the records older. */
export async function nameKnownRecords(hub: Pick<Hub, "db" | "systems">): Promise<void> {
  for (const { name, manifest } of hub.systems.values()) {
    for (const [entity, field] of Object.entries(manifest.namedBy))
      await nameAllRecords(hub.db, entity, name, field);
  }
}
