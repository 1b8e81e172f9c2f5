import { batched, holdInGroup } from "./batching.ts";
import { recordInGroup } from "./canonical-records.ts";
import type { Sql } from "./database.ts";

export type CrossReference = {
  entity: string;
  system: string;
  localId: string;
  canonicalId: string;
  isPrimary: boolean;
};

const COLUMNS = `entity, system, local_id as "localId", canonical_id as "canonicalId", is_primary as "isPrimary"`;

export async function findCrossReference(
  sql: Sql,
  entity: string,
  system: string,
  localId: string,
): Promise<CrossReference | undefined> {
  const [row] = await sql.query<CrossReference>(
    `select ${COLUMNS} from nave.cross_reference where entity = $1 and system = $2 and local_id = $3`,
    [entity, system, localId],
  );
  return row;
}

/** Canonical ids of a system's local ids; unknown ones are absent. */
export async function selectCanonicalIds(
  sql: Sql,
  entity: string,
  system: string,
  localIds: readonly string[],
): Promise<Map<string, string>> {
  return localIds.length === 0 ? new Map() : canonicalIdsOf(sql, { entity, system, ids: localIds });
}

type Ids = { entity: string; system: string; ids: readonly string[] };

const canonicalIdsOf = batched("read", async (sql, asked: readonly Ids[]) => {
  const rows = await sql.query<CrossReference>(
    `select x.* from unnest($1::text[], $2::text[], $3::text[]) as k(entity, system, id)
     cross join lateral (select ${COLUMNS} from nave.cross_reference
       where entity = k.entity and system = k.system and local_id = k.id limit 1) x`,
    columnsOf(asked),
  );
  const found = new Map(rows.map((row) => [keyOf(row, row.localId), row.canonicalId]));
  return asked.map((one) => pick(one, found));
});

const localIdsOf = batched("read", async (sql, asked: readonly Ids[]) => {
  const rows = await sql.query<CrossReference>(
    `select x.* from unnest($1::text[], $2::text[], $3::uuid[]) as k(entity, system, id)
     cross join lateral (select ${COLUMNS} from nave.cross_reference
       where entity = k.entity and system = k.system and canonical_id = k.id and is_primary limit 1) x`,
    columnsOf(asked),
  );
  const found = new Map(rows.map((row) => [keyOf(row, row.canonicalId), row.localId]));
  return asked.map((one) => pick(one, found));
});

function columnsOf(asked: readonly Ids[]): string[][] {
  const all = asked.flatMap(({ entity, system, ids }) => ids.map((id) => ({ entity, system, id })));
  return [all.map(({ entity }) => entity), all.map(({ system }) => system), all.map(({ id }) => id)];
}

const keyOf = ({ entity, system }: { entity: string; system: string }, id: string) =>
  JSON.stringify([entity, system, id]);

function pick(asked: Ids, found: ReadonlyMap<string, string>): Map<string, string> {
  return new Map(
    asked.ids.flatMap((id): [string, string][] => {
      const other = found.get(keyOf(asked, id));
      return other === undefined ? [] : [[id, other]];
    }),
  );
}

/** The links of a system's local ids; unknown ones are absent. */
export async function selectLinks(
  sql: Sql,
  entity: string,
  system: string,
  localIds: readonly string[],
): Promise<Map<string, Pick<CrossReference, "canonicalId" | "isPrimary">>> {
  const rows = await sql.query<CrossReference>(
    `select ${COLUMNS} from nave.cross_reference
     where entity = $1 and system = $2 and local_id = any($3::text[])`,
    [entity, system, localIds],
  );
  return new Map(rows.map((row) => [row.localId, row]));
}

/** Local ids that a system has for canonical ids; those it does not have are absent. */
export async function selectLocalIds(
  sql: Sql,
  entity: string,
  system: string,
  canonicalIds: readonly string[],
): Promise<Map<string, string>> {
  return canonicalIds.length === 0 ? new Map() : localIdsOf(sql, { entity, system, ids: canonicalIds });
}

export async function selectReferencesOf(
  sql: Sql,
  entity: string,
  canonicalId: string,
): Promise<CrossReference[]> {
  return sql.query<CrossReference>(
    `select ${COLUMNS} from nave.cross_reference where entity = $1 and canonical_id = $2 order by system, local_id`,
    [entity, canonicalId],
  );
}

/**
 * Links a native record to a canonical one. A second record of the same thing in the same system is linked as secondary,
 * unless the first one is gone there: then it takes its place.
 * @returns whether it is the primary one; the existing link wins when there is one.
 */
export async function linkRecord(
  sql: Sql,
  entity: string,
  system: string,
  localId: string,
  canonicalId: string,
): Promise<boolean> {
  await holdInGroup(sql, [recordInGroup(entity, canonicalId)]);
  return linkOne(sql, { entity, system, localId, canonicalId });
}

type Link = Omit<CrossReference, "isPrimary">;

// A subselect for one value is looked up by its key, record by record; of an anti join a whole table may be read.
const linkOne = batched("write", async (sql, links: readonly Link[]) => {
  await standDown(sql, links, "those gone");
  const rows = await sql.query<CrossReference>(
    `insert into nave.cross_reference (entity, system, local_id, canonical_id, is_primary)
     select l.entity, l.system, l.local_id, l.canonical_id, coalesce((select false from nave.cross_reference x
       where x.entity = l.entity and x.system = l.system and x.canonical_id = l.canonical_id and x.is_primary limit 1), true)
     from unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) as l(entity, system, local_id, canonical_id)
     on conflict (entity, system, local_id) do update set local_id = excluded.local_id
     returning ${COLUMNS}`,
    linkColumns(links),
  );
  const byKey = new Map(rows.map((row) => [keyOf(row, row.localId), row.isPrimary]));
  return links.map((link) => byKey.get(keyOf(link, link.localId)) ?? true);
});

/**
 * Makes room for another record of the same thing in the same system: those before it are no longer the primary one.
 *
 * @param which  `those gone`: only where they were seen to be gone.
 */
export async function standDown(
  sql: Sql,
  links: readonly Link[],
  which: "all" | "those gone",
): Promise<void> {
  await sql.query(
    `update nave.cross_reference x set is_primary = false
     from unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) as l(entity, system, local_id, canonical_id)
     where x.entity = l.entity and x.system = l.system and x.canonical_id = l.canonical_id and x.is_primary
       and x.local_id <> l.local_id and ($5 = 'all' or exists (select 1 from nave.shadow s
         where s.entity = x.entity and s.system = x.system and s.local_id = x.local_id and s.deleted))`,
    [...linkColumns(links), which],
  );
}

const linkColumns = (links: readonly Link[]): string[][] => [
  links.map(({ entity }) => entity),
  links.map(({ system }) => system),
  links.map(({ localId }) => localId),
  links.map(({ canonicalId }) => canonicalId),
];

/**
 * A local id that was given out a second time names this record from now on; what was seen under it before is forgotten.
 * The record that it named before is no longer in that system, so its wish is open again.
 */
export async function relinkRecord(
  sql: Sql,
  entity: string,
  system: string,
  localId: string,
  canonicalId: string,
): Promise<void> {
  await sql.query(
    `with former as (select canonical_id, is_primary from nave.cross_reference
       where entity = $1 and system = $2 and local_id = $3 and canonical_id <> $4 for update),
     moved as (update nave.cross_reference set canonical_id = $4, is_primary = true
       where entity = $1 and system = $2 and local_id = $3 and canonical_id <> $4 returning local_id),
     reopened as (update nave.wish set state = 'open', due_at = now(), published_at = null
       where entity = $1 and system = $2 and state = 'met'
         and canonical_id in (select canonical_id from former where is_primary))
     delete from nave.shadow where entity = $1 and system = $2 and local_id in (select local_id from moved)`,
    [entity, system, localId, canonicalId],
  );
}

/**
 * Makes a record known to a system under a value of ours, in place of the one before; documents that still name the old
 * one lead here too. A name that another live record has stays with that one.
 */
export async function nameRecord(
  sql: Sql,
  entity: string,
  system: string,
  name: string,
  canonicalId: string,
): Promise<void> {
  await nameOne(sql, { entity, system, localId: name, canonicalId });
}

const nameOne = batched("write", async (sql, names: readonly Link[]) => {
  await standDown(sql, names, "all");
  await sql.query(
    `insert into nave.cross_reference as held (entity, system, local_id, canonical_id, is_primary)
     select distinct on (entity, system, local_id) entity, system, local_id, canonical_id, true
     from unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) as n(entity, system, local_id, canonical_id)
     on conflict (entity, system, local_id) do update set canonical_id = excluded.canonical_id, is_primary = true
     where held.canonical_id = excluded.canonical_id or exists (select 1 from nave.canonical_record r
       where r.entity = held.entity and r.id = held.canonical_id and (r.archived or r.merged_into is not null))`,
    linkColumns(names),
  );
  return names.map(() => undefined);
});

/** The same for every live record that a system does not know yet: it is new, or names this entity since today. */
export async function nameAllRecords(sql: Sql, entity: string, system: string, field: string): Promise<void> {
  await sql.query(
    `insert into nave.cross_reference (entity, system, local_id, canonical_id)
     select distinct on (body ->> $3) entity, $2, body ->> $3, id from nave.canonical_record r
     where entity = $1 and not archived and merged_into is null and body ->> $3 <> ''
       and not exists (select 1 from nave.cross_reference x
         where x.entity = $1 and x.system = $2 and x.canonical_id = r.id and x.is_primary)
     order by body ->> $3, id on conflict do nothing`,
    [entity, system, field],
  );
}

export async function unlinkRecord(sql: Sql, entity: string, system: string, localId: string): Promise<void> {
  await sql.query("delete from nave.cross_reference where entity = $1 and system = $2 and local_id = $3", [
    entity,
    system,
    localId,
  ]);
}
