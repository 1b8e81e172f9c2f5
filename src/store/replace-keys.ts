import { batched } from "./batching.ts";
import { json } from "./database.ts";

type Key = { kind: string; value: string };

export type KeysOfRecord = {
  entity: string;
  canonicalId: string;
  keys: readonly Key[];
  /** The keys it has; undefined: the record is new. */
  former: readonly Key[] | undefined;
};

type KeyRow = Key & Pick<KeysOfRecord, "entity" | "canonicalId">;

/** Gives records these keys, and no others, in a table that has a row for each key of a record. */
export const replaceKeysIn = (table: "business_key" | "match_key") =>
  batched("write", async (sql, records: readonly KeysOfRecord[]) => {
    const { gone, first, more } = changesOf(records);
    const rows = `jsonb_to_recordset($1::jsonb) as k(entity text, "canonicalId" uuid, kind text, value text)`;
    if (gone.length > 0) {
      await sql.query(
        `delete from nave.${table} t using ${rows} where t.entity = k.entity and t.kind = k.kind
           and t.value = k.value and t.canonical_id = k."canonicalId"`,
        [json(gone)],
      );
    }
    const insert = `insert into nave.${table} (entity, kind, value, canonical_id)
      select entity, kind, value, "canonicalId" from ${rows}`;
    if (first.length > 0) await sql.query(insert, [json(first)]);
    if (more.length > 0) await sql.query(`${insert} on conflict do nothing`, [json(more)]);
    return records.map(() => undefined);
  });

/**
 * The rows that come and go. Those of new records, `first`, cannot be there; of others, `more`, some may be: what a record is
 * thought to have is worked out from its body.
 */
function changesOf(records: readonly KeysOfRecord[]): Record<"gone" | "first" | "more", KeyRow[]> {
  const changes = { gone: [] as KeyRow[], first: [] as KeyRow[], more: [] as KeyRow[] };
  for (const { entity, canonicalId, keys, former } of records) {
    const wanted = distinct(keys);
    const had = distinct(former ?? []);
    const missingIn = (own: ReadonlyMap<string, Key>, other: ReadonlyMap<string, Key>) =>
      [...own].flatMap(([name, key]) => (other.has(name) ? [] : [{ entity, canonicalId, ...key }]));
    changes.gone.push(...missingIn(had, wanted));
    (former === undefined ? changes.first : changes.more).push(...missingIn(wanted, had));
  }
  return changes;
}

function distinct(keys: readonly Key[]): Map<string, Key> {
  return new Map(keys.map(({ kind, value }) => [JSON.stringify([kind, value]), { kind, value }]));
}
