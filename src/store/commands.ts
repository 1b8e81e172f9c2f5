import type { JsonObject, OperationReply } from "../adapter-kit/contract.ts";
import { json, type Sql } from "./database.ts";
import { type TraceColumns, traceColumns } from "./trace-origins.ts";

export type CommandState = "queued" | "sent" | "done" | "refused" | "timed-out" | "in-doubt";

/** What became of a command; stored, and given to whoever asks under the same idempotency key. */
export type CommandReply =
  | Extract<OperationReply, { kind: "done" | "refused" }>
  | { kind: "timed-out"; text: string }
  | { kind: "in-doubt"; text: string };

/** A request to one system, from before it is sent until long after it has been answered. */
export type Command = {
  id: string;
  system: string;
  operation: string;
  /** Commands of one system and business key are sent one after the other. */
  businessKey: string;
  args: JsonObject;
  idempotencyKey: string;
  /** `block`: when it fails, a person decides before anything else of its key is sent. `skip`: the next goes on. */
  onFailure: "block" | "skip";
  deadline: Date;
  /** How often it was sent without an answer that tells that it was not done. */
  attempts: number;
  state: CommandState;
  reply: CommandReply | null;
  messageId: string | null;
  correlationId: string;
  /** Of the message that caused it; null: of none, as what a schedule starts. */
  entity: string | null;
  canonicalId: string | null;
  sentAt: Date | null;
  /** It failed, and a person decides what happens now. */
  held: boolean;
};

export type NewCommand = Omit<
  Command,
  "deadline" | "attempts" | "state" | "reply" | "sentAt" | "held" | "messageId"
> & { messageId: string; deadlineMs: number };

const COLUMNS = `id, system, operation, business_key as "businessKey", args, idempotency_key as "idempotencyKey",
  on_failure as "onFailure", deadline, attempts, state, reply, message_id as "messageId", correlation_id as "correlationId",
  entity, canonical_id as "canonicalId", sent_at as "sentAt", held`;

const OPEN = "state in ('queued', 'sent')";
const FREE = "(claimed_until is null or claimed_until < now())";

/** Whether another command has to end, or a person to decide, before command `c`. */
const HAS_AHEAD = `exists (select 1 from nave.command a where a.system = c.system and a.business_key = c.business_key
  and a.sequence < c.sequence and (a.${OPEN} or (a.held and a.on_failure = 'block')))`;

/** Name of a command as the subject of a dead letter. */
export const commandSubject = (id: string) => `command:${id}`;

/** @returns undefined when there is one with the same system and idempotency key. */
export async function insertCommand(sql: Sql, command: NewCommand): Promise<Command | undefined> {
  const [row] = await sql.query<Command>(
    `insert into nave.command as c (id, system, operation, business_key, args, idempotency_key, on_failure, allowed_ms, deadline,
       state, message_id, correlation_id, entity, canonical_id, published_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, now() + $8::bigint * interval '1 millisecond', 'queued', $9, $10, $11, $12,
       case when not exists (select 1 from nave.command a where a.system = $2 and a.business_key = $4
         and (a.${OPEN} or (a.held and a.on_failure = 'block'))) then now() end)
     on conflict (system, idempotency_key) do nothing returning ${COLUMNS}`,
    [
      command.id,
      command.system,
      command.operation,
      command.businessKey,
      json(command.args),
      command.idempotencyKey,
      command.onFailure,
      Math.round(command.deadlineMs),
      command.messageId,
      command.correlationId,
      command.entity,
      command.canonicalId,
    ],
  );
  return row;
}

export async function readCommandByKey(
  sql: Sql,
  system: string,
  idempotencyKey: string,
): Promise<Command | undefined> {
  const [row] = await sql.query<Command>(
    `select ${COLUMNS} from nave.command where system = $1 and idempotency_key = $2`,
    [system, idempotencyKey],
  );
  return row;
}

export async function readCommand(sql: Sql, id: string): Promise<Command | undefined> {
  const [row] = await readCommands(sql, [id]);
  return row;
}

/** In the order of the ids; undefined where there is none. */
export async function readCommands(sql: Sql, ids: readonly string[]): Promise<(Command | undefined)[]> {
  const rows = await sql.query<Command>(`select ${COLUMNS} from nave.command where id = any($1::uuid[])`, [
    ids,
  ]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id));
}

/** Until the transaction ends, nobody closes it. */
export async function lockCommand(sql: Sql, id: string): Promise<Command | undefined> {
  const [row] = await sql.query<Command>(`select ${COLUMNS} from nave.command where id = $1 for update`, [
    id,
  ]);
  return row;
}

/**
 * Takes the first command of this one's key for one worker, until the deadline of the claim, if it is due. A claim past its
 * deadline is free again.
 */
export async function claimNextOfKey(
  sql: Sql,
  id: string,
  claim: string,
  claimMs: number,
): Promise<(Command & TraceColumns) | undefined> {
  const [row] = await sql.query<Command & TraceColumns>(
    `update nave.command set claimed_by = $2, claimed_until = now() + $3::int * interval '1 millisecond' where id = (
       select c.id from nave.command c join nave.command named on named.id = $1
         and named.system = c.system and named.business_key = c.business_key
       where c.${OPEN} and c.due_at <= now() and (c.claimed_until is null or c.claimed_until < now()) and not ${HAS_AHEAD}
       for update of c skip locked)
     returning ${COLUMNS}, ${traceColumns("command")}`,
    [id, claim, claimMs],
  );
  return row;
}

/** Takes commands whose deadline has passed, whether or not their system can be asked. */
export async function claimExpired(
  sql: Sql,
  claim: string,
  claimMs: number,
  limit: number,
): Promise<Command[]> {
  return sql.query<Command>(
    `update nave.command set claimed_by = $1, claimed_until = now() + $2::int * interval '1 millisecond' where id in (
       select id from nave.command where ${OPEN} and deadline < now() and (state = 'queued' or due_at <= now()) and ${FREE}
       order by deadline limit $3 for update skip locked)
     returning ${COLUMNS}`,
    [claim, claimMs, limit],
  );
}

/** On record before the request leaves. @returns false when the claim is lost. */
export async function markSent(sql: Sql, id: string, claim: string): Promise<boolean> {
  const rows = await sql.query(
    `update nave.command set state = 'sent', sent_at = clock_timestamp(), attempts = attempts + 1
     where id = $1 and claimed_by = $2 and ${OPEN} returning 1`,
    [id, claim],
  );
  return rows.length > 0;
}

/** Ends a claim without a reply: due again after the delay. `notDone`: the last attempt certainly did nothing. */
export async function deferCommand(
  sql: Sql,
  id: string,
  claim: string,
  given: { delayMs: number; notDone: boolean; problem: string },
): Promise<void> {
  await sql.query(
    `update nave.command set claimed_by = null, claimed_until = null, published_at = null, problem = $5,
       state = case when $4 then 'queued' else state end, attempts = attempts - case when $4 and state = 'sent' then 1 else 0 end,
       due_at = now() + $3::bigint * interval '1 millisecond'
     where id = $1 and claimed_by = $2 and ${OPEN}`,
    [id, claim, Math.round(given.delayMs), given.notDone, given.problem],
  );
}

/** Ends a command with its reply. @returns false when the claim is lost. */
export async function closeCommand(
  sql: Sql,
  id: string,
  claim: string,
  reply: CommandReply,
  held: boolean,
): Promise<boolean> {
  const rows = await sql.query(
    `update nave.command set state = $3, reply = $4, held = $5, closed_at = now(), claimed_by = null, claimed_until = null
     where id = $1 and claimed_by = $2 and ${OPEN} returning 1`,
    [id, claim, reply.kind, json(reply), held],
  );
  return rows.length > 0;
}

/** A person has it sent again, under the same key, with as much time as it had at first. */
export async function reopenCommand(sql: Sql, id: string): Promise<void> {
  await sql.query(
    `update nave.command set state = 'queued', held = false, reply = null, closed_at = null, attempts = 0, due_at = now(),
       deadline = now() + allowed_ms * interval '1 millisecond', published_at = null, problem = null
     where id = $1 and held`,
    [id],
  );
}

/** A person gives it up: what stands behind it goes on. */
export async function giveUpCommand(sql: Sql, id: string, reply: CommandReply): Promise<void> {
  await sql.query("update nave.command set held = false, state = $2, reply = $3 where id = $1 and held", [
    id,
    reply.kind,
    json(reply),
  ]);
}

/** Puts off what nobody has claimed: its system cannot be asked just now. */
export async function postponeCommand(sql: Sql, id: string, delayMs: number): Promise<void> {
  await sql.query(
    `update nave.command set published_at = null, due_at = greatest(due_at, now() + $2::bigint * interval '1 millisecond')
     where id = $1 and ${OPEN} and ${FREE}`,
    [id, Math.round(delayMs)],
  );
}

export type CommandTicket = Pick<Command, "id" | "system" | "businessKey" | "messageId" | "correlationId">;

/** Due commands whose turn it is, of systems that can be asked, which nobody has published; marks them published. */
export async function takeUnpublishedCommands(
  sql: Sql,
  systems: readonly string[],
  limit: number,
): Promise<(CommandTicket & TraceColumns)[]> {
  return sql.query<CommandTicket & TraceColumns>(
    `update nave.command set published_at = now() where id in (
       select c.id from nave.command c where c.${OPEN} and c.published_at is null and c.due_at <= now()
         and c.system = any($1::text[]) and (c.claimed_until is null or c.claimed_until < now()) and not ${HAS_AHEAD}
       order by c.due_at limit $2 for update skip locked)
     returning id, system, business_key as "businessKey", message_id as "messageId", ${traceColumns("command")}`,
    [systems, limit],
  );
}

export async function deleteClosedCommands(sql: Sql, days: number, limit: number): Promise<void> {
  await sql.query(
    `delete from nave.command where id in (select id from nave.command
       where closed_at < now() - $1::int * interval '1 day' and not held limit $2)`,
    [days, limit],
  );
}
