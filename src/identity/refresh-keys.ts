import { flatten } from "../canonical/fields.ts";
import type { Hub } from "../hub.ts";
import { replaceKeysOfRecord } from "../store/business-keys.ts";
import { selectCanonical } from "../store/canonical-records.ts";
import type { Sql } from "../store/database.ts";
import { replaceMatchKeys } from "../store/match-keys.ts";
import { blockingKeys } from "./match.ts";

/** Brings the search and blocking keys of a record in line with its body; a record merged away is found, but not matched. */
export async function refreshKeys(hub: Hub, sql: Sql, entity: string, canonicalId: string): Promise<void> {
  const [record] = await selectCanonical(sql, entity, [canonicalId]);
  if (!record) return;
  const type = hub.model.entity(entity);
  await replaceKeysOfRecord(sql, { entity, canonicalId, keys: type.businessKeys(record.body), isNew: false });
  const matching = hub.config.entities[entity]?.matching;
  if (!matching) return;
  const keys = record.mergedInto ? [] : blockingKeys(flatten(type, record.body), matching);
  await replaceMatchKeys(sql, { entity, canonicalId, keys, isNew: false });
}
