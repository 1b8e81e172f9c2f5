import { batched } from "./batching.ts";

/** How things stand for the record an observation is about. */
export type Situation = {
  /** A newer observation of it is on its way. */
  hasNewer: boolean;
  /** What it is linked to; null: not yet. */
  canonicalId: string | null;
  /** False: a second record of the same thing in the same system. */
  isPrimary: boolean | null;
  /** A write of ours has not been answered. */
  beingWritten: boolean;
  /** The hub catches up with its source after a restore of its own store. */
  catchingUp: boolean;
};

const NEW: Situation = {
  hasNewer: false,
  canonicalId: null,
  isPrimary: null,
  beingWritten: false,
  catchingUp: false,
};

/** By the id of an observation's message. */
export const readSituation = batched("read", async (sql, messageIds: readonly string[]) => {
  const rows = await sql.query<Situation & { id: string }>(
    `select m.id, x.canonical_id as "canonicalId", x.is_primary as "isPrimary",
       exists (select 1 from nave.message n where n.system = m.system and n.entity = m.entity and n.local_id = m.local_id
         and n.kind = 'observed' and n.state in ('accepted', 'waiting') and n.observation_number > m.observation_number)
         as "hasNewer",
       exists (select 1 from nave.intent i where i.system = m.system and i.entity = m.entity
         and i.canonical_id = x.canonical_id and i.state in ('open', 'in-doubt')) as "beingWritten",
       exists (select 1 from nave.checkpoint c where c.system = m.system and c.entity = m.entity
         and c.catching_up_from is not null and c.taken_in_at is null) as "catchingUp"
     from nave.message m
     left join lateral (select canonical_id, is_primary from nave.cross_reference
       where entity = m.entity and system = m.system and local_id = m.local_id limit 1) x on true
     where m.id = any($1::uuid[])`,
    [messageIds],
  );
  const byId = new Map(rows.map(({ id, ...situation }) => [id, situation]));
  return messageIds.map((id): Situation => byId.get(id) ?? NEW);
});
