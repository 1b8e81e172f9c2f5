import type { JsonObject } from "../adapter-kit/contract.ts";
import type { Body } from "../canonical/types.ts";
import { batched } from "./batching.ts";
import { json, type Sql } from "./database.ts";
import { type TraceColumns, traceColumns } from "./trace-origins.ts";

export type WishState = "open" | "waiting" | "met" | "parked" | "in-doubt";

export type Wish = {
  system: string;
  entity: string;
  canonicalId: string;
  action: "hold" | "archive";
  body: Body;
  canonicalVersion: number;
  revision: number;
  state: WishState;
  attempts: number;
  messageId: string | null;
  correlationId: string;
  /** Writes within the running minute. */
  burstWrites: number;
};

export type WishKey = Pick<Wish, "system" | "entity" | "canonicalId">;

const COLUMNS = `system, entity, canonical_id as "canonicalId", action, body, canonical_version as "canonicalVersion",
  revision, state, attempts, message_id as "messageId", correlation_id as "correlationId",
  case when burst_since > now() - interval '1 minute' then burst_writes else 0 end as "burstWrites"`;

export type NewWish = Omit<Wish, "revision" | "attempts" | "correlationId" | "burstWrites">;

/** What the story of the record says of the wish, by what becomes of it. */
export type WishWords = { met: string; open: string };

/** Name of a wish as the subject of dead letters and waits. */
export const wishSubject = (key: WishKey) => `wish:${key.system}/${key.entity}/${key.canonicalId}`;

/**
 * Sets the standing order, under the correlation of the message that caused it; one from an older canonical version never
 * replaces one from a newer. What the old wish waited for is forgotten, and if the new one is met, its dead letter is
 * healed. A wish that is being written stays open whatever was believed of the target. One statement: it is the most
 * frequent of all.
 *
 * @returns whether it is open now; undefined when a newer one stands.
 */
export async function upsertWish(sql: Sql, wish: NewWish, words: WishWords): Promise<boolean | undefined> {
  return upsertOne(sql, { ...wish, ...words, subject: wishSubject(wish) });
}

type WishRow = NewWish & WishWords & { subject: string };

const upsertOne = batched("write", async (sql, wishes: readonly WishRow[]) => {
  const rows = await sql.query<{ subject: string; open: boolean }>(
    `with given as (select * from jsonb_to_recordset($1::jsonb) as g(system text, entity text, "canonicalId" uuid,
       action text, body jsonb, "canonicalVersion" integer, state text, "messageId" uuid, subject text, met text, open text)),
     stands as (
       insert into nave.wish (system, entity, canonical_id, action, body, canonical_version, state, message_id,
         correlation_id, published_at)
       select g.system, g.entity, g."canonicalId", g.action, g.body, g."canonicalVersion", g.state, g."messageId",
         coalesce(m.correlation_id, g."messageId"), now()
       from given g left join nave.message m on m.id = g."messageId"
       on conflict (system, entity, canonical_id) do update set action = excluded.action, body = excluded.body,
         canonical_version = excluded.canonical_version, revision = wish.revision + 1,
         state = case when wish.state = 'in-doubt' then wish.state
           when wish.claimed_by is not null or exists (select 1 from nave.intent i where i.system = wish.system
             and i.entity = wish.entity and i.canonical_id = wish.canonical_id and i.state = 'open') then 'open'
           else excluded.state end,
         attempts = 0, due_at = now(), published_at = now(), message_id = excluded.message_id,
         correlation_id = excluded.correlation_id, error = null, updated_at = now()
       where wish.canonical_version <= excluded.canonical_version
       returning system, entity, canonical_id, state, correlation_id, message_id),
     outcome as (select s.*, g.subject, case s.state when 'met' then g.met else g.open end as text
       from stands s join given g on g.system = s.system and g.entity = s.entity and g."canonicalId" = s.canonical_id),
     forgotten as (delete from nave.reference_wait where waiter in (select subject from outcome)),
     healed as (update nave.dead_letter set state = 'healed', closed_at = now(), closed_by = 'nothing left to write'
       where state = 'open' and subject in (select subject from outcome where state = 'met')),
     told as (insert into nave.hop (correlation_id, message_id, entity, canonical_id, system, step, text)
       select correlation_id, message_id, entity, canonical_id, system,
         case state when 'met' then 'met' else 'wished' end, text from outcome)
     select subject, state = 'open' as open from outcome`,
    [json(wishes)],
  );
  const byKey = new Map(rows.map((row) => [row.subject, row.open]));
  return wishes.map(({ subject }) => byKey.get(subject));
});

/**
 * Takes open, due and unclaimed wishes for one worker, until the deadline. A claim past its deadline is free again.
 * Wishes whose writes are in doubt are not claimed.
 */
export async function claimWishes(
  sql: Sql,
  system: string,
  keys: readonly { entity: string; canonicalId: string }[],
  worker: string,
  claimMs: number,
): Promise<Wish[]> {
  return sql.query<Wish>(
    `update nave.wish set claimed_by = $4, claimed_until = now() + $5::int * interval '1 millisecond'
     where (system, entity, canonical_id) in (
       select w.system, w.entity, w.canonical_id from nave.wish w
       join unnest($2::text[], $3::uuid[]) as k(entity, canonical_id)
         on w.entity = k.entity and w.canonical_id = k.canonical_id
       where w.system = $1 and w.state = 'open' and w.due_at <= now()
         and (w.claimed_until is null or w.claimed_until < now())
       for update of w skip locked)
     returning ${COLUMNS}`,
    [system, keys.map((key) => key.entity), keys.map((key) => key.canonicalId), worker, claimMs],
  );
}

/**
 * Just before something is sent: keeps these claims from others until the transaction ends, and renews those that would end
 * within `neededMs`. @returns how many of these wishes are still claimed by this worker.
 */
export async function renewClaims(
  sql: Sql,
  system: string,
  keys: readonly Pick<WishKey, "entity" | "canonicalId">[],
  worker: string,
  { claimMs, neededMs }: { claimMs: number; neededMs: number },
): Promise<number> {
  const [row] = await sql.query<{ held: number }>(
    `with held as (select system, entity, canonical_id, claimed_until from nave.wish
       where (system, entity, canonical_id) in (select $1, * from unnest($2::text[], $3::uuid[])) and claimed_by = $4
       order by system, entity, canonical_id for update),
     renewed as (update nave.wish w set claimed_until = now() + $5::int * interval '1 millisecond' from held h
       where w.system = h.system and w.entity = h.entity and w.canonical_id = h.canonical_id
         and h.claimed_until < now() + $6::int * interval '1 millisecond')
     select count(*)::int as held from held`,
    [
      system,
      keys.map((key) => key.entity),
      keys.map((key) => key.canonicalId),
      worker,
      claimMs,
      Math.round(neededMs),
    ],
  );
  return row?.held ?? 0;
}

/** Ends a claim without a write: the wish is met if nobody has changed it since it was claimed, else open again. */
export async function meetWish(sql: Sql, wish: Wish, worker: string): Promise<void> {
  await sql.query(
    `update nave.wish set state = case when revision = $4 then 'met' else state end, attempts = 0, error = null,
       claimed_by = null, claimed_until = null, published_at = case when revision = $4 then published_at end
     where system = $1 and entity = $2 and canonical_id = $3 and claimed_by = $5`,
    [wish.system, wish.entity, wish.canonicalId, wish.revision, worker],
  );
}

/** Ends a claim without success: due again after the delay. */
export async function deferWish(
  sql: Sql,
  wish: Wish,
  worker: string,
  delayMs: number,
  countAttempt: boolean,
  error: JsonObject | null,
): Promise<void> {
  await sql.query(
    `update nave.wish set claimed_by = null, claimed_until = null, published_at = null,
       attempts = attempts + $6::int, error = coalesce($7, error), due_at = now() + $5::int * interval '1 millisecond'
     where system = $1 and entity = $2 and canonical_id = $3 and claimed_by = $4`,
    [
      wish.system,
      wish.entity,
      wish.canonicalId,
      worker,
      Math.round(delayMs),
      countAttempt ? 1 : 0,
      error === null ? null : json(error),
    ],
  );
}

/** Ends a claim by taking the wish out of the way; a change made meanwhile keeps it open. */
export async function shelveWish(
  sql: Sql,
  wish: Wish,
  worker: string,
  state: "waiting" | "parked" | "in-doubt",
  error: JsonObject,
): Promise<void> {
  await sql.query(
    `update nave.wish set state = case when revision = $4 or $6 = 'in-doubt' then $6 else state end, error = $7,
       claimed_by = null, claimed_until = null
     where system = $1 and entity = $2 and canonical_id = $3 and claimed_by = $5`,
    [wish.system, wish.entity, wish.canonicalId, wish.revision, worker, state, json(error)],
  );
}

/** A person has decided about a match: records held back for it may be made. */
export async function releaseUndecided(
  sql: Sql,
  system: string,
  entity: string,
  canonicalIds: readonly string[],
): Promise<void> {
  await sql.query(
    `update nave.wish set state = 'open', due_at = now(), published_at = null, error = null
     where system = $1 and entity = $2 and canonical_id = any($3::uuid[]) and state = 'waiting'
       and error->>'code' = 'NAVE_MATCH_UNDECIDED'`,
    [system, entity, canonicalIds],
  );
}

/** What waited for the correction of a record is open again: none of its observations is parked any more. */
export async function releaseCorrected(sql: Sql): Promise<void> {
  await sql.query(
    `update nave.wish w set state = 'open', due_at = now(), published_at = null, error = null
     where state = 'waiting' and error->>'code' = 'NAVE_RECORD_INVALID' and not exists (
       select 1 from nave.cross_reference x join nave.message m using (system, entity, local_id)
       where x.system = w.system and x.entity = w.entity and x.canonical_id = w.canonical_id and x.is_primary
         and m.state = 'parked')`,
  );
}

/** Opens wishes again: a reference has arrived, a person retries, a conflict is decided. */
export async function reopenWish(sql: Sql, key: WishKey): Promise<boolean> {
  const rows = await sql.query(
    `update nave.wish set state = 'open', attempts = 0, burst_writes = 0, due_at = now(), published_at = null, error = null
     where system = $1 and entity = $2 and canonical_id = $3 returning 1`,
    [key.system, key.entity, key.canonicalId],
  );
  return rows.length > 0;
}

/** Due wishes of systems that can be written, which nobody has published; marks them published. */
export async function takeUnpublishedWishes(
  sql: Sql,
  targets: readonly { system: string; entities: readonly string[] }[],
  limit: number,
): Promise<(WishKey & TraceColumns)[]> {
  return sql.query<WishKey & TraceColumns>(
    `update nave.wish set published_at = now() where (system, entity, canonical_id) in (
       select system, entity, canonical_id from nave.wish w
       where state = 'open' and published_at is null and due_at <= now() and system = any($1::text[])
         and (system || '/' || entity = any($3::text[]) or exists (select 1 from nave.intent i where i.state = 'open'
           and i.system = w.system and i.entity = w.entity and i.canonical_id = w.canonical_id))
         and (claimed_until is null or claimed_until < now())
       order by due_at limit $2 for update skip locked)
     returning system, entity, canonical_id as "canonicalId", ${traceColumns("wish")}`,
    [
      targets.map(({ system }) => system),
      limit,
      targets.flatMap(({ system, entities }) => entities.map((entity) => `${system}/${entity}`)),
    ],
  );
}

export async function readWish(sql: Sql, key: WishKey): Promise<Wish | undefined> {
  const [row] = await sql.query<Wish>(
    `select ${COLUMNS} from nave.wish where system = $1 and entity = $2 and canonical_id = $3`,
    [key.system, key.entity, key.canonicalId],
  );
  return row;
}

export async function selectWishesOf(sql: Sql, entity: string, canonicalId: string): Promise<Wish[]> {
  return sql.query<Wish>(`select ${COLUMNS} from nave.wish where entity = $1 and canonical_id = $2`, [
    entity,
    canonicalId,
  ]);
}

/** Puts off wishes nobody has claimed: their system cannot be written just now. */
export async function deferUnclaimed(
  sql: Sql,
  system: string,
  entity: string,
  canonicalIds: readonly string[],
  delayMs: number,
): Promise<void> {
  await sql.query(
    `update nave.wish set published_at = null, due_at = greatest(due_at, now() + $4::int * interval '1 millisecond')
     where system = $1 and entity = $2 and canonical_id = any($3::uuid[]) and state = 'open' and claimed_until is null`,
    [system, entity, canonicalIds, Math.round(delayMs)],
  );
}

export async function selectWishBodies(
  sql: Sql,
  system: string,
  entity: string,
  canonicalIds: readonly string[],
): Promise<Map<string, Pick<Wish, "action" | "body">>> {
  const rows = await sql.query<Pick<Wish, "action" | "body" | "canonicalId">>(
    `select canonical_id as "canonicalId", action, body from nave.wish
     where system = $1 and entity = $2 and canonical_id = any($3::uuid[])`,
    [system, entity, canonicalIds],
  );
  return new Map(rows.map((row) => [row.canonicalId, row]));
}

/** Records that a system shall hold, with the local id they have there, if any. */
export async function selectHeldWishes(
  sql: Sql,
  system: string,
  entity: string,
): Promise<{ canonicalId: string; localId: string | null; deleted: boolean }[]> {
  return sql.query(
    `select w.canonical_id as "canonicalId", x.local_id as "localId", coalesce(s.deleted, false) as deleted from nave.wish w
     left join nave.cross_reference x on x.entity = w.entity and x.canonical_id = w.canonical_id and x.system = w.system
       and x.is_primary
     left join nave.shadow s on s.system = w.system and s.entity = w.entity and s.local_id = x.local_id
     where w.system = $1 and w.entity = $2 and w.action = 'hold'`,
    [system, entity],
  );
}

/** State of every wish about a record, with its error in words. */
export async function readWishDetails(
  sql: Sql,
  entity: string,
  canonicalId: string,
): Promise<{ system: string; state: WishState; text: string }[]> {
  return sql.query(
    `select system, state, coalesce(error->>'text', '') as text from nave.wish
     where entity = $1 and canonical_id = $2 order by system`,
    [entity, canonicalId],
  );
}

/** A person dismisses what is parked: the wish counts as met until the record changes again. */
export async function dropWish(sql: Sql, key: WishKey): Promise<void> {
  await sql.query(
    `update nave.wish set state = 'met', error = null where system = $1 and entity = $2 and canonical_id = $3
       and state in ('parked', 'in-doubt', 'waiting')`,
    [key.system, key.entity, key.canonicalId],
  );
}

/** Removes the wishes of a record that is merged away. */
export async function deleteWishesOf(sql: Sql, entity: string, canonicalId: string): Promise<void> {
  await sql.query("delete from nave.wish where entity = $1 and canonical_id = $2", [entity, canonicalId]);
}

/** Puts wishes back as they stood before a merge that is undone; they are compared afresh. */
export async function restoreWishes(sql: Sql, wishes: readonly Wish[]): Promise<void> {
  for (const wish of wishes) {
    const words = { met: `${wish.system} as before the merge`, open: `${wish.system} as before the merge` };
    await upsertWish(sql, { ...wish, state: wish.state === "met" ? "met" : "open" }, words);
  }
}
