import type { JsonObject } from "../adapter-kit/contract.ts";
import type { Hub } from "../hub.ts";
import { batched } from "../store/batching.ts";
import type { Shadow } from "../store/shadows.ts";
import type { WishKey } from "../store/wishes.ts";
import type { Known } from "./plan-wish.ts";

/** What is known of a record in one system. */
export const readKnown = batched("read", async (sql, keys: readonly WishKey[]) => {
  const rows = await sql.query<{
    index: number;
    localId: string | null;
    shadow: Shadow | null;
    disputed: string[] | null;
    undecided: boolean;
    refused: JsonObject | null;
    mergedVersion: number | null;
    wishedVersion: number | null;
  }>(
    `select k.index::int as index, x.local_id as "localId",
       (select array_agg(distinct c.path) from nave.conflict c
         where c.entity = k.entity and c.canonical_id = k.id and c.decision = 'open') as disputed,
       exists (select 1 from nave.match_review r where r.entity = k.entity and r.system = k.system
         and r.candidate_id = k.id and r.decision = 'open' and r.blocking) as undecided,
       (select m.native from nave.message m where m.system = k.system and m.entity = k.entity and m.local_id = x.local_id
         and m.state = 'parked' and m.observation_number > s.observation_number
         order by m.observation_number desc limit 1) as refused,
       (select max((m.outcome->>'version')::int) from nave.message m where m.system = k.system and m.entity = k.entity
         and m.local_id = x.local_id and m.state in ('accepted', 'waiting') and m.kind = 'observed') as "mergedVersion",
       (select w.canonical_version from nave.wish w where w.system = k.system and w.entity = k.entity
         and w.canonical_id = k.id) as "wishedVersion",
       case when s.local_id is not null then jsonb_build_object('system', s.system, 'entity', s.entity,
         'localId', s.local_id, 'native', s.native, 'canonical', s.canonical, 'written', s.written,
         'fingerprint', s.fingerprint, 'lockToken', s.lock_token, 'modifiedAt', s.modified_at,
         'observationNumber', s.observation_number, 'known', s.known, 'deleted', s.deleted) end as shadow
     from unnest($1::text[], $2::text[], $3::uuid[]) with ordinality as k(system, entity, id, index)
     left join lateral (select local_id from nave.cross_reference
       where entity = k.entity and system = k.system and canonical_id = k.id and is_primary limit 1) x on true
     -- one row by its whole key, whatever the planner believes of a table that has just begun to grow
     left join lateral (select * from nave.shadow
       where system = k.system and entity = k.entity and local_id = x.local_id limit 1) s on true`,
    [
      keys.map(({ system }) => system),
      keys.map(({ entity }) => entity),
      keys.map(({ canonicalId }) => canonicalId),
    ],
  );
  const byIndex = new Map(rows.map((row) => [row.index - 1, row]));
  return keys.map((_, index): Known => {
    const row = byIndex.get(index);
    return {
      localId: row?.localId ?? undefined,
      shadow: row?.shadow ?? undefined,
      disputed: row?.disputed ?? [],
      undecided: row?.undecided ?? false,
      refused: row?.refused ?? undefined,
      comingVersion: Math.max(row?.mergedVersion ?? 0, row?.wishedVersion ?? 0),
    };
  });
});

/** Whether a delete in this system concerns nobody else, so that the record is not made there again. */
export function deletesStayLocal(hub: Hub, entity: string): boolean {
  return hub.config.entities[entity]?.deletes.onDelete === "ignore";
}
