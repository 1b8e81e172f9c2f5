import type { Hub } from "../hub.ts";
import type { Sql } from "../store/database.ts";
import type { Shadow } from "../store/shadows.ts";
import type { Known } from "./plan-wish.ts";

/** What is known of these records in one system, by canonical id. */
export async function readKnown(
  sql: Sql,
  system: string,
  entity: string,
  canonicalIds: readonly string[],
): Promise<(canonicalId: string) => Known> {
  const rows = await sql.query<
    Known & { canonicalId: string; localId: string | null; shadow: Shadow | null }
  >(
    `select k.id as "canonicalId", x.local_id as "localId",
       (select array_agg(distinct c.path) from nave.conflict c
         where c.entity = $2 and c.canonical_id = k.id and c.decision = 'open') as disputed,
       exists (select 1 from nave.match_review r where r.entity = $2 and r.system = $1 and r.candidate_id = k.id
         and r.decision = 'open' and r.blocking) as undecided,
       case when s.local_id is not null then jsonb_build_object('system', s.system, 'entity', s.entity,
         'localId', s.local_id, 'native', s.native, 'canonical', s.canonical, 'written', s.written,
         'fingerprint', s.fingerprint, 'lockToken', s.lock_token, 'modifiedAt', s.modified_at,
         'observationNumber', s.observation_number, 'known', s.known, 'deleted', s.deleted) end as shadow
     from unnest($3::uuid[]) as k(id)
     left join lateral (select local_id from nave.cross_reference
       where entity = $2 and system = $1 and canonical_id = k.id and is_primary limit 1) x on true
     -- one row by its whole key, whatever the planner believes of a table that has just begun to grow
     left join lateral (select * from nave.shadow where system = $1 and entity = $2 and local_id = x.local_id limit 1) s on true`,
    [system, entity, canonicalIds],
  );
  const byId = new Map(rows.map((row) => [row.canonicalId, row]));
  return (canonicalId) => {
    const row = byId.get(canonicalId);
    return {
      localId: row?.localId ?? undefined,
      shadow: row?.shadow ?? undefined,
      disputed: row?.disputed ?? [],
      undecided: row?.undecided ?? false,
    };
  };
}

/** Whether a delete in this system concerns nobody else, so that the record is not made there again. */
export function deletesStayLocal(hub: Hub, entity: string): boolean {
  return hub.config.entities[entity]?.deletes.onDelete === "ignore";
}
