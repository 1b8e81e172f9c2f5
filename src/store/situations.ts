import type { Sql } from "./database.ts";
import type { Message } from "./messages.ts";

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
};

export async function readSituation(sql: Sql, message: Message): Promise<Situation> {
  const [row] = await sql.query<Situation>(
    `select x.canonical_id as "canonicalId", x.is_primary as "isPrimary",
       exists (select 1 from nave.message n where n.system = m.system and n.entity = m.entity and n.local_id = m.local_id
         and n.kind = 'observed' and n.state in ('accepted', 'waiting') and n.observation_number > m.observation_number)
         as "hasNewer",
       exists (select 1 from nave.intent i where i.system = m.system and i.entity = m.entity
         and i.canonical_id = x.canonical_id and i.state in ('open', 'in-doubt')) as "beingWritten"
     from nave.message m
     left join lateral (select canonical_id, is_primary from nave.cross_reference
       where entity = m.entity and system = m.system and local_id = m.local_id limit 1) x on true
     where m.id = $1`,
    [message.id],
  );
  return row ?? { hasNewer: false, canonicalId: null, isPrimary: null, beingWritten: false };
}
