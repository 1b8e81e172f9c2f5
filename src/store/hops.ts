import type { Json } from "../adapter-kit/contract.ts";
import type { FailedPath } from "../flows/hub-port.ts";
import type { MessagePath } from "../flows/tracking/message-path.ts";
import { batched } from "./batching.ts";
import { json, type Sql } from "./database.ts";

/** What can happen to a message on its way, in the order of the journey. */
export type Step =
  | "accepted"
  | "waiting"
  | "collected"
  | "in-time"
  | "process-done"
  | "resumed"
  | "superseded"
  | "merged"
  | "conflict"
  | "overruled"
  | "wished"
  | "met"
  | "intent"
  | "sent"
  | "probed"
  | "written"
  | "refused"
  | "in-doubt"
  | "retry"
  | "died"
  | "parked"
  | "rejected"
  | "settled"
  | "passed"
  | "identity"
  | "archived"
  | "command"
  | "notified"
  | "person";

/** One step of a message's story. */
export type Hop = {
  correlationId: string;
  messageId: string | null;
  /** Null: of no entity, as what a schedule starts. */
  entity: string | null;
  canonicalId: string | null;
  system: string | null;
  localId: string | null;
  step: Step;
  text: string;
  before?: Json;
  /** What came of it; where a flow ended, see `along`. */
  after?: Json;
};

export type StoredHop = Hop & { at: Date };

export const insertHops = batched("write", async (sql, stories: readonly (readonly Hop[])[]) => {
  const hops = stories.flat();
  if (hops.length > 0) {
    await sql.query(
      `insert into nave.hop (correlation_id, message_id, entity, canonical_id, system, local_id, step, text, before, after)
       select "correlationId", "messageId", entity, "canonicalId", system, "localId", step, text, before, after
       from jsonb_to_recordset($1::jsonb) as h("correlationId" uuid, "messageId" uuid, entity text, "canonicalId" uuid,
         system text, "localId" text, step text, text text, before jsonb, after jsonb)`,
      [json(hops)],
    );
  }
  return stories.map(() => undefined);
});

/** That these messages were taken in, or parked at once, with what was seen: it is in their rows already. */
export async function insertArrivals(
  sql: Sql,
  arrivals: readonly { messageId: string; text: string }[],
): Promise<void> {
  if (arrivals.length === 0) return;
  await sql.query(
    `insert into nave.hop (correlation_id, message_id, entity, system, local_id, step, text, after)
     select m.correlation_id, m.id, m.entity, m.system, m.local_id,
       case m.state when 'parked' then 'parked' else 'accepted' end, a.text, coalesce(m.native, '{}')
     from unnest($1::uuid[], $2::text[]) with ordinality as a(message_id, text, position)
     join nave.message m on m.id = a.message_id order by a.position`,
    [arrivals.map(({ messageId }) => messageId), arrivals.map(({ text }) => text)],
  );
}

/** The hops that can keep the way that a message took; `after` of others holds data. */
const PATH_STEPS: readonly Step[] = ["passed", "retry", "parked", "rejected", "waiting"];

/** What a hop keeps of the way that the message took through its flows. */
export function along(path: MessagePath | undefined): Pick<Hop, "after"> {
  return path === undefined ? {} : { after: { path } };
}

/** Whether this hop tells the way that the message took. */
export function hasTakenPath({ step, after }: Hop): boolean {
  return PATH_STEPS.includes(step) && after !== null && typeof after === "object" && "path" in after;
}

/** That a message waits here, and the way that it took until then. */
export async function insertHeld(
  sql: Sql,
  messageId: string,
  text: string,
  path: MessagePath | undefined,
): Promise<void> {
  await sql.query(
    `insert into nave.hop (correlation_id, message_id, entity, canonical_id, system, local_id, step, text, after)
     select correlation_id, id, entity, canonical_id, system, local_id, 'waiting', $2, $3::jsonb from nave.message where id = $1`,
    [messageId, text, json(along(path).after ?? null)],
  );
}

/** How an attempt of a message ended that took this way. */
export type EndedOnPath = { step: Step; at: Date; path: FailedPath };

/** Of this message, how its last attempt ended; undefined when none has. */
export async function selectLastPath(
  sql: Sql,
  messageId: string,
  correlationId: string,
): Promise<EndedOnPath | undefined> {
  const [row] = await sql.query<EndedOnPath>(
    `select step, at, after->'path' as path from nave.hop
     where correlation_id = $2 and message_id = $1 and step = any($3::text[]) and after->'path' is not null
     order by id desc limit 1`,
    [messageId, correlationId, PATH_STEPS],
  );
  return row;
}

/**
 * Every hop of these records and of the messages that caused or concern them, oldest first. What was collected with them is
 * left out: it has a story of its own.
 */
export async function selectStory(
  sql: Sql,
  records: readonly { entity: string; canonicalId: string }[],
  messageIds: readonly string[],
  limit: number,
): Promise<StoredHop[]> {
  return sql.query<StoredHop>(
    `with of_records as materialized (
       select distinct correlation_id from nave.hop where entity = any($1::text[]) and canonical_id = any($2::uuid[])),
     stories as materialized (
       select correlation_id from of_records
       union select correlation_id from nave.message where id = any($3::uuid[]))
     select at, correlation_id as "correlationId", message_id as "messageId", entity, canonical_id as "canonicalId", system,
       local_id as "localId", step, text, before, after from nave.hop
     where correlation_id = any(array(select correlation_id from stories))
       and (canonical_id = any($2::uuid[]) or message_id = any($3::uuid[])
         or step <> 'collected' and correlation_id in (select correlation_id from of_records))
     order by id limit $4`,
    [
      [...new Set(records.map(({ entity }) => entity))],
      records.map(({ canonicalId }) => canonicalId),
      messageIds,
      limit,
    ],
  );
}

export async function deleteOldHops(sql: Sql, days: number, limit: number): Promise<number> {
  const rows = await sql.query(
    `delete from nave.hop where ctid = any(array(select ctid from nave.hop
       where at < now() - $1::int * interval '1 day' limit $2)) returning 1`,
    [days, limit],
  );
  return rows.length;
}
