import type { Sql } from "./database.ts";

/** A record as a comparison names it: by its local id, or by its canonical id where the system has none. */
export type RecordName = { localId: string | null; canonicalId: string | null };

/** Where a record stands in the hub, to tell whether anything moved between two looks. */
export type RecordMark = {
  /** Work is under way for it that needs nobody's decision. */
  underWay: boolean;
  mark: string;
  /** It shall be in the system and has no local id there. */
  lacking: boolean;
};

/** In the order of the names. */
export async function selectMarks(
  sql: Sql,
  system: string,
  entity: string,
  names: readonly RecordName[],
): Promise<RecordMark[]> {
  if (names.length === 0) return [];
  return sql.query<RecordMark>(
    `select exists (select 1 from nave.message m where m.system = $1 and m.entity = $2 and m.local_id = k.local_id
         and (m.state = 'accepted' or m.state = 'waiting' and m.error->>'code' <> 'NAVE_MATCH_UNDECIDED'))
       or coalesce(w.state in ('open', 'waiting'), false)
       or exists (select 1 from nave.intent i where i.system = $1 and i.entity = $2
         and i.canonical_id = coalesce(x.canonical_id, k.canonical_id) and i.state = 'open') as "underWay",
       concat_ws('/', s.observation_number, s.observed_at, x.local_id, x.canonical_id, w.revision, w.state, c.version) as mark,
       x.local_id is null and coalesce(w.action = 'hold', false) as lacking
     from unnest($3::text[], $4::uuid[]) with ordinality as k(local_id, canonical_id, number)
     left join nave.cross_reference x on x.entity = $2 and x.system = $1
       and (x.local_id = k.local_id or k.local_id is null and x.canonical_id = k.canonical_id and x.is_primary)
     left join nave.shadow s on s.system = $1 and s.entity = $2 and s.local_id = x.local_id
     left join nave.wish w on w.system = $1 and w.entity = $2 and w.canonical_id = coalesce(x.canonical_id, k.canonical_id)
     left join nave.canonical_record c on c.entity = $2 and c.id = coalesce(x.canonical_id, k.canonical_id)
     order by k.number`,
    [system, entity, names.map((name) => name.localId), names.map((name) => name.canonicalId)],
  );
}
