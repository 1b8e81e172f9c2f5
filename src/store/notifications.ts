import type { Json } from "../adapter-kit/contract.ts";
import { json, type Sql } from "./database.ts";
import { type TraceColumns, traceColumns } from "./trace-origins.ts";

export type NotificationState = "queued" | "sent" | "failed" | "dropped" | "open" | "acknowledged";

/** Something a flow tells a person or a program. */
export type Notification = {
  id: string;
  way: "mail" | "hook" | "console";
  /** An address, the name of a hook, or who is to look at it. */
  recipient: string;
  subject: string;
  body: Json;
  state: NotificationState;
  attempts: number;
  giveUpAt: Date;
  problem: string | null;
  messageId: string | null;
  correlationId: string;
  /** Null: of none, as what a schedule starts. */
  entity: string | null;
  canonicalId: string | null;
  createdAt: Date;
  closedAt: Date | null;
  closedBy: string | null;
};

export type NewNotification = Pick<
  Notification,
  "id" | "way" | "recipient" | "subject" | "body" | "messageId" | "correlationId" | "entity" | "canonicalId"
> & { onceKey: string; allowedMs: number };

const COLUMNS = `id, way, recipient, subject, body, state, attempts, give_up_at as "giveUpAt", problem,
  message_id as "messageId", correlation_id as "correlationId", entity, canonical_id as "canonicalId", created_at as "createdAt",
  closed_at as "closedAt", closed_by as "closedBy"`;

/** Name of a notification as the subject of a dead letter. */
export const notificationSubject = (id: string) => `notification:${id}`;

/** Those for the console are open at once, the others are to be sent. @returns the ids of those that were not there yet. */
export async function insertNotifications(
  sql: Sql,
  notifications: readonly NewNotification[],
): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `insert into nave.notification (id, way, recipient, subject, body, once_key, state, allowed_ms, give_up_at, message_id,
       correlation_id, entity, canonical_id)
     select id, way, recipient, subject, body, "onceKey", case way when 'console' then 'open' else 'queued' end, "allowedMs",
       now() + "allowedMs" * interval '1 millisecond', "messageId", "correlationId", entity, "canonicalId"
     from jsonb_to_recordset($1::jsonb) as n(id uuid, way text, recipient text, subject text, body jsonb, "onceKey" text,
       "allowedMs" bigint, "messageId" uuid, "correlationId" uuid, entity text, "canonicalId" uuid)
     on conflict (once_key) do nothing returning id`,
    [json(notifications)],
  );
  return rows.map((row) => row.id);
}

/** Takes what is due for one worker, until the deadline of the claim. */
export async function claimNotifications(
  sql: Sql,
  claim: string,
  claimMs: number,
  limit: number,
): Promise<(Notification & TraceColumns)[]> {
  return sql.query<Notification & TraceColumns>(
    `update nave.notification set claimed_by = $1, claimed_until = now() + $2::int * interval '1 millisecond',
       attempts = attempts + 1 where id in (
       select id from nave.notification where state = 'queued' and due_at <= now()
         and (claimed_until is null or claimed_until < now())
       order by due_at limit $3 for update skip locked)
     returning ${COLUMNS}, ${traceColumns("notification")}`,
    [claim, claimMs, limit],
  );
}

/** @returns false when the claim is lost. */
export async function closeNotification(
  sql: Sql,
  id: string,
  claim: string,
  state: "sent" | "failed",
  problem: string | null,
): Promise<boolean> {
  const rows = await sql.query(
    `update nave.notification set state = $3, problem = $4, closed_at = now(), claimed_by = null, claimed_until = null
     where id = $1 and claimed_by = $2 and state = 'queued' returning 1`,
    [id, claim, state, problem],
  );
  return rows.length > 0;
}

/** Ends a claim without success: due again after the delay. */
export async function deferNotification(
  sql: Sql,
  id: string,
  claim: string,
  delayMs: number,
  problem: string,
): Promise<void> {
  await sql.query(
    `update nave.notification set claimed_by = null, claimed_until = null, problem = $4,
       due_at = now() + $3::bigint * interval '1 millisecond' where id = $1 and claimed_by = $2 and state = 'queued'`,
    [id, claim, Math.round(delayMs), problem],
  );
}

/** A person has it tried again, for as long as at first. */
export async function reopenNotification(sql: Sql, id: string): Promise<void> {
  await sql.query(
    `update nave.notification set state = 'queued', attempts = 0, due_at = now(), closed_at = null,
       give_up_at = now() + allowed_ms * interval '1 millisecond' where id = $1 and state = 'failed'`,
    [id],
  );
}

export async function dropNotification(sql: Sql, id: string, by: string): Promise<void> {
  await sql.query(
    "update nave.notification set state = 'dropped', closed_by = $2 where id = $1 and state = 'failed'",
    [id, by],
  );
}

/** A person has seen it. @returns undefined when there is no such open one. */
export async function acknowledgeNotification(
  sql: Sql,
  id: string,
  by: string,
): Promise<Notification | undefined> {
  const [row] = await sql.query<Notification>(
    `update nave.notification set state = 'acknowledged', closed_at = now(), closed_by = $2
     where id = $1 and state = 'open' returning ${COLUMNS}`,
    [id, by],
  );
  return row;
}

export async function readNotification(sql: Sql, id: string): Promise<Notification | undefined> {
  const [row] = await sql.query<Notification>(`select ${COLUMNS} from nave.notification where id = $1`, [id]);
  return row;
}

/** Newest first; without a state those of every state. */
export async function listNotifications(
  sql: Sql,
  state: NotificationState | undefined,
  limit: number,
): Promise<Notification[]> {
  return sql.query<Notification>(
    `select ${COLUMNS} from nave.notification where $1::text is null or state = $1 order by created_at desc, id limit $2`,
    [state ?? null, limit],
  );
}

export async function deleteClosedNotifications(sql: Sql, days: number, limit: number): Promise<void> {
  await sql.query(
    `delete from nave.notification where id in (select id from nave.notification
       where closed_at < now() - $1::int * interval '1 day' and state <> 'failed' limit $2)`,
    [days, limit],
  );
}
