import { batched } from "./batching.ts";
import { standDown } from "./cross-references.ts";
import { json } from "./database.ts";
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
  /** The shadow tells what the system holds now. */
  isSeen: boolean;
};

/**
 * Links the record, opens the wish of the one that a made record's local id named before (it is gone from there), ends the
 * intent (the story has it), meets the wish (if nobody has changed it since it was claimed; else it is open
 * again), heals its dead letter and tells the story. One statement, for it ends every single write.
 *
 * @returns false when the claim was lost meanwhile.
 */
export const settleWrite = batched("write", async (sql, writes: readonly SettledWrite[]) => {
  const made = writes.filter((write) => write.made);
  // What is made where it was before has been found to be gone.
  if (made.length > 0) await standDown(sql, made.map(linkOf), "all");
  const rows = await sql.query<{ subject: string }>(
    `with write as (select * from jsonb_to_recordset($1::jsonb) as w(system text, entity text, "canonicalId" uuid,
       "localId" text, "intentId" uuid, revision integer, claim text, finished boolean, subject text,
       "correlationId" uuid, "messageId" uuid, text text, "isSeen" boolean, made boolean)),
     -- each by its whole key, whatever the planner believes of a table that has just begun to grow
     ousted as materialized (
       select w.entity, w.system, x.canonical_id from write w cross join lateral (select canonical_id, is_primary
         from nave.cross_reference where entity = w.entity and system = w.system and local_id = w."localId" limit 1) x
       where w.made and x.is_primary and x.canonical_id <> w."canonicalId"
         and x.canonical_id not in (select "canonicalId" from write)),
     reopened as (update nave.wish h set state = 'open', due_at = now(), published_at = null from ousted o
       where h.entity = o.entity and h.system = o.system and h.canonical_id = o.canonical_id and h.state = 'met'),
     linked as (
       insert into nave.cross_reference as held (entity, system, local_id, canonical_id, is_primary)
       select w.entity, w.system, w."localId", w."canonicalId", coalesce((select false from nave.cross_reference x
         where x.entity = w.entity and x.system = w.system and x.canonical_id = w."canonicalId" and x.is_primary limit 1), true)
       from write w
       on conflict (entity, system, local_id) do update set canonical_id = excluded.canonical_id,
         is_primary = excluded.is_primary where held.canonical_id <> excluded.canonical_id
           and (excluded.entity, excluded.system, excluded.local_id) in (select entity, system, "localId" from write where made)),
     settled as (delete from nave.intent i using write w where i.id = w."intentId"),
     met as (
       update nave.wish h set state = case when w.finished and h.revision = w.revision then 'met' else state end,
         attempts = 0, error = null, claimed_by = null, claimed_until = null, writes = writes + 1,
         burst_writes = case when burst_since > now() - interval '1 minute' then burst_writes + 1 else 1 end,
         burst_since = case when burst_since > now() - interval '1 minute' then burst_since else now() end,
         published_at = case when w.finished and h.revision = w.revision then published_at end
       from write w where h.system = w.system and h.entity = w.entity and h.canonical_id = w."canonicalId"
         and h.claimed_by = w.claim returning w.subject),
     healed as (update nave.dead_letter set state = 'healed', closed_at = now(), closed_by = 'written'
       where subject in (select subject from write) and state = 'open'),
     told as (
       insert into nave.hop (correlation_id, message_id, entity, canonical_id, system, local_id, step, text, after)
       select w."correlationId", w."messageId", w.entity, w."canonicalId", w.system, w."localId", 'written', w.text, s.native
       from write w left join nave.shadow s on w."isSeen" and s.system = w.system and s.entity = w.entity
         and s.local_id = w."localId")
     select subject from met`,
    [json(writes.map(rowOf))],
  );
  const held = new Set(rows.map(({ subject }) => subject));
  return writes.map(({ wish }) => held.has(wishSubject(wish)));
});

function linkOf({ wish: { system, entity, canonicalId }, localId }: SettledWrite) {
  return { system, entity, canonicalId, localId };
}

function rowOf({ wish, ...write }: SettledWrite) {
  const { system, entity, canonicalId, revision, correlationId, messageId } = wish;
  return {
    system,
    entity,
    canonicalId,
    revision,
    correlationId,
    messageId,
    subject: wishSubject(wish),
    ...write,
  };
}
