import { flatten } from "../canonical/fields.ts";
import type { Body } from "../canonical/types.ts";
import type { Hub } from "../hub.ts";
import { replaceKeysOfRecord } from "../store/business-keys.ts";
import { selectCanonical } from "../store/canonical-records.ts";
import type { Sql } from "../store/database.ts";
import { replaceMatchKeys } from "../store/match-keys.ts";
import { blockingKeys } from "./match.ts";

/**
 * Brings the search and blocking keys of a record in line with its body; a record merged away is found, but not matched.
 *
 * @param former  The body that its keys were made of.
 */
export async function refreshKeys(
  hub: Hub,
  sql: Sql,
  entity: string,
  canonicalId: string,
  former: Body,
): Promise<void> {
  const [record] = await selectCanonical(sql, entity, [canonicalId]);
  if (!record) return;
  const type = hub.model.entity(entity);
  const [keys, had] = [type.businessKeys(record.body), type.businessKeys(former)];
  await replaceKeysOfRecord(sql, { entity, canonicalId, keys, former: had });
  const matching = hub.config.entities[entity]?.matching;
  if (!matching) return;
  const keysOf = (body: Body) => blockingKeys(flatten(type, body), matching);
  const wanted = record.mergedInto ? [] : keysOf(record.body);
  await replaceMatchKeys(sql, { entity, canonicalId, keys: wanted, former: keysOf(former) });
}
