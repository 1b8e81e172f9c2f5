import { readCanonical } from "../store/canonical-records.ts";
import type { Sql } from "../store/database.ts";

/** The record that stands for this one: itself, or what it was merged into, however often. Undefined when there is none. */
export async function findSurvivor(sql: Sql, entity: string, id: string): Promise<string | undefined> {
  const record = await readCanonical(sql, { entity, id });
  if (!record) return undefined;
  return record.mergedInto === null ? record.id : findSurvivor(sql, entity, record.mergedInto);
}
