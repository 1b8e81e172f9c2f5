import type { BusinessKey } from "../canonical/types.ts";
import { json, type Sql } from "./database.ts";

/** Makes a canonical record findable by these values only. */
export async function replaceKeysOfRecord(
  sql: Sql,
  entity: string,
  canonicalId: string,
  keys: readonly BusinessKey[],
): Promise<void> {
  await sql.query(
    `with wanted as (select distinct value, kind from jsonb_to_recordset($3::jsonb) as k(value text, kind text)),
     gone as (delete from nave.business_key where entity = $1 and canonical_id = $2
       and (value, kind) not in (select value, kind from wanted))
     insert into nave.business_key (value, kind, entity, canonical_id)
     select value, kind, $1, $2 from wanted on conflict do nothing`,
    [entity, canonicalId, json(keys)],
  );
}

/** Makes messages that have no canonical record (yet) findable. */
export async function insertKeysOfMessages(
  sql: Sql,
  rows: readonly { entity: string; messageId: string; kind: string; value: string }[],
): Promise<void> {
  if (rows.length === 0) return;
  await sql.query(
    `insert into nave.business_key (value, kind, entity, message_id)
     select value, kind, entity, "messageId" from jsonb_to_recordset($1::jsonb)
       as k(value text, kind text, entity text, "messageId" uuid) on conflict do nothing`,
    [json(rows)],
  );
}

export type Found = { entity: string; canonicalId: string | null; messageId: string | null; kind: string };

/** Records and messages by any business key, local id or canonical id. */
export async function findByAnyKey(sql: Sql, key: string, limit: number): Promise<Found[]> {
  return sql.query<Found>(
    `select entity, canonical_id as "canonicalId", message_id as "messageId", kind from nave.business_key where value = lower($1)
     union select entity, canonical_id, null, 'local id in ' || system from nave.cross_reference where local_id = $1
     union select entity, id, null, 'canonical id' from nave.canonical_record where id::text = lower($1)
     union select entity, canonical_id, id, 'message id' from nave.message where id::text = lower($1)
     limit $2`,
    [key, limit],
  );
}
