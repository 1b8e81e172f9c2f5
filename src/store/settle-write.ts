import type { JsonObject } from "../adapter-kit/contract.ts";
import { json, type Sql } from "./database.ts";
import { type Wish, wishSubject } from "./wishes.ts";

/** A write that has happened, as far as the wish is concerned. */
export type SettledWrite = {
  wish: Wish;
  /** Who holds the claim. */
  claim: string;
  localId: string;
  /** A create: the local id names this record, whatever it named before the system was restored. */
  made: boolean;
  intentId: string | undefined;
  /** False: the wish is compared once more before it counts as met. */
  finished: boolean;
  text: string;
  after: JsonObject | undefined;
};

/**
 * Links the record, closes the intent, meets the wish (if nobody has changed it since it was claimed; else it is open
 * again), heals its dead letter and tells the story. One statement: it ends every single write.
 *
 * @returns false when the claim was lost meanwhile.
 */
export async function settleWrite(sql: Sql, write: SettledWrite): Promise<boolean> {
  const { wish } = write;
  const rows = await sql.query(
    `with linked as (
       insert into nave.cross_reference as held (entity, system, local_id, canonical_id, is_primary)
       values ($2, $1, $4, $3, not exists (select 1 from nave.cross_reference
         where entity = $2 and system = $1 and canonical_id = $3 and is_primary))
       on conflict (entity, system, local_id) do update set canonical_id = excluded.canonical_id,
         is_primary = excluded.is_primary where $14 and held.canonical_id <> excluded.canonical_id),
     closed as (update nave.intent set state = 'done', closed_at = now() where id = $5),
     met as (
       update nave.wish set state = case when $8 and revision = $6 then 'met' else state end, attempts = 0, error = null,
         claimed_by = null, claimed_until = null, writes = writes + 1,
         burst_writes = case when burst_since > now() - interval '1 minute' then burst_writes + 1 else 1 end,
         burst_since = case when burst_since > now() - interval '1 minute' then burst_since else now() end,
         published_at = case when $8 and revision = $6 then published_at end
       where system = $1 and entity = $2 and canonical_id = $3 and claimed_by = $7 returning 1),
     healed as (update nave.dead_letter set state = 'healed', closed_at = now(), closed_by = 'written'
       where subject = $9 and state = 'open'),
     told as (
       insert into nave.hop (correlation_id, message_id, entity, canonical_id, system, local_id, step, text, after)
       values ($10, $11, $2, $3, $1, $4, 'written', $12, $13))
     select 1 from met`,
    [
      wish.system,
      wish.entity,
      wish.canonicalId,
      write.localId,
      write.intentId ?? null,
      wish.revision,
      write.claim,
      write.finished,
      wishSubject(wish),
      wish.correlationId,
      wish.messageId,
      write.text,
      write.after === undefined ? null : json(write.after),
      write.made,
    ],
  );
  return rows.length > 0;
}
