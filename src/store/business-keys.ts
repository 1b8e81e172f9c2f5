import { json, type Sql } from "./database.ts";
import { replaceKeysIn } from "./replace-keys.ts";

/** Makes a canonical record findable by these values only. */
export const replaceKeysOfRecord = replaceKeysIn("business_key");

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

/** Records of an entity that carry this key; `kind` absent: of any kind. */
export async function findByKeyOfEntity(
  sql: Sql,
  entity: string,
  value: string,
  kind: string | undefined,
): Promise<string[]> {
  const rows = await sql.query<{ canonicalId: string }>(
    `select distinct canonical_id as "canonicalId" from nave.business_key
     where value = lower($2) and entity = $1 and canonical_id is not null and ($3::text is null or kind = $3) limit 10`,
    [entity, value, kind ?? null],
  );
  return rows.map((row) => row.canonicalId);
}

export type Found = { entity: string; canonicalId: string | null; messageId: string | null; kind: string };

/** A trace id is written without the dashes. */
const UUID = /^[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}$/i;

/**
 * Records and messages by any business key, local id, or id of the hub: canonical, message, command, correlation or trace. Each
 * by an index: there may be millions.
 */
export async function findByAnyKey(
  sql: Sql,
  key: string,
  entities: readonly string[],
  limit: number,
): Promise<Found[]> {
  const id = UUID.test(key) ? key : null;
  return sql.query<Found>(
    `select entity, canonical_id as "canonicalId", message_id as "messageId", kind from nave.business_key where value = lower($1)
     union select entity, canonical_id, null, 'local id in ' || system from nave.cross_reference
       where entity = any($3::text[]) and system = any(array(select system from nave.system_state)) and local_id = $1
     union select entity, id, null, 'canonical id' from nave.canonical_record where entity = any($3::text[]) and id = $2::uuid
     union select entity, canonical_id, id, 'message id' from nave.message where id = $2::uuid
     union select entity, canonical_id, message_id, 'command id' from nave.command where id = $2::uuid
     union select entity, canonical_id, message_id, 'correlation id' from nave.hop where correlation_id = any(array(
       select $2::uuid union all
       select correlation_id from nave.trace_origin where substring(traceparent, 4, 32) = replace(lower($1), '-', '')))
     limit $4`,
    [key, id, entities, limit],
  );
}
