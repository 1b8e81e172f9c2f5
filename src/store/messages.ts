import type { JsonObject } from "../adapter-kit/contract.ts";
import type { Body } from "../canonical/types.ts";
import type { FlowPlace, MergeOutcome } from "../flows/hub-port.ts";
import type { MessagePath } from "../flows/tracking/message-path.ts";
import { batched, holdInGroup } from "./batching.ts";
import { json, type Sql } from "./database.ts";
import { along } from "./hops.ts";
import { type TraceColumns, traceColumns } from "./trace-origins.ts";

/** What enters flows where they begin. */
type RecordKind = "observed" | "changed" | "rerun";
/** `resumed`: goes on in a flow where an earlier message was handed over. */
export type MessageKind = RecordKind | "resumed";
export type MessageState = "accepted" | "waiting" | "settled" | "superseded" | "parked" | "dropped";

export type NewMessage = {
  id: string;
  kind: RecordKind;
  entity: string;
  system: string | null;
  localId: string | null;
  canonicalId: string | null;
  observationNumber: number | null;
  native: JsonObject | null;
  fingerprint: string | null;
  body: Body;
  lockToken: string | null;
  modifiedAt: string | null;
  deleted: boolean;
  state: MessageState;
  correlationId: string;
  causationId: string | null;
  error: JsonObject | null;
};

/** Without a body: that of the canonical record as it stands when somebody asks. */
export type StoredOutcome = Omit<MergeOutcome, "body"> & Partial<Pick<MergeOutcome, "body">>;

export type Message = Omit<NewMessage, "modifiedAt"> & {
  modifiedAt: Date | null;
  outcome: StoredOutcome | null;
  attempts: number;
  createdAt: Date;
  /** Whose flows it goes through; null: the newest. */
  epoch: number | null;
};

export type ResumedMessage = Omit<Message, "kind" | "entity"> &
  FlowPlace & {
    kind: "resumed";
    /** Of what it goes on with; null: several entities, or none. */
    entity: string | null;
    /** Counted from 0. */
    output: number;
  };

export type AnyMessage = Message | ResumedMessage;

/** What identifies a message on its channel: the partition key keeps one record's messages in order. */
export type MessageTicket = Pick<AnyMessage, "id" | "kind" | "entity"> & { key: string };

const COLUMNS = `id, kind, entity, system, local_id as "localId", canonical_id as "canonicalId",
  observation_number as "observationNumber", native, fingerprint, body, lock_token as "lockToken",
  modified_at as "modifiedAt", deleted, state, outcome, attempts, created_at as "createdAt",
  correlation_id as "correlationId", causation_id as "causationId", error, epoch, flow, flow_version as "flowVersion", node, output`;

/** `published`: the caller publishes them right after the commit; otherwise the sweeper does. */
export async function insertMessages(
  sql: Sql,
  messages: readonly NewMessage[],
  published: boolean,
): Promise<void> {
  if (messages.length === 0) return;
  await sql.query(
    `insert into nave.message (id, kind, entity, system, local_id, canonical_id, observation_number, native, fingerprint,
       body, lock_token, modified_at, deleted, state, correlation_id, causation_id, error, published_at, epoch)
     select id, kind, entity, system, "localId", "canonicalId", "observationNumber", native, fingerprint,
       body, "lockToken", "modifiedAt", deleted, state, "correlationId", "causationId", error, case when $2 then now() end,
       (select max(number) from nave.flow_epoch)
     from jsonb_to_recordset($1::jsonb) as m(id uuid, kind text, entity text, system text, "localId" text,
       "canonicalId" uuid, "observationNumber" bigint, native jsonb, fingerprint text, body jsonb, "lockToken" text,
       "modifiedAt" timestamptz, deleted boolean, state text, "correlationId" uuid, "causationId" uuid, error jsonb)`,
    [json(messages), published],
  );
}

/** Joins these to what others of a group insert; the sweeper publishes them. */
export const insertUnpublished = batched("write", async (sql, messages: readonly NewMessage[]) => {
  await insertMessages(sql, messages, false);
  return messages.map(() => undefined);
});

export async function lockMessage(sql: Sql, id: string): Promise<AnyMessage | undefined> {
  const [message] = await lockMessages(sql, [id]);
  return message;
}

/** In the order of the ids; undefined where there is none. */
export async function lockMessages(sql: Sql, ids: readonly string[]): Promise<(AnyMessage | undefined)[]> {
  await holdInGroup(
    sql,
    ids.map((id) => `message ${id}`),
  );
  return lockMany(sql, ids);
}

const lockMany = batched("read", async (sql, groups: readonly (readonly string[])[]) => {
  const rows = await sql.query<AnyMessage>(
    `select ${COLUMNS} from nave.message where id = any($1::uuid[]) order by id for update`,
    [groups.flat()],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return groups.map((ids) => ids.map((id) => byId.get(id)));
});

export async function readMessage(sql: Sql, id: string): Promise<AnyMessage | undefined> {
  const [message] = await sql.query<AnyMessage>(`select ${COLUMNS} from nave.message where id = $1`, [id]);
  return message;
}

/** As much of a message as its flow begins with. */
export type OpenableMessage = Pick<
  Message,
  "id" | "entity" | "system" | "localId" | "canonicalId" | "body" | "state" | "correlationId" | "epoch"
> & { kind: MessageKind };

/** In the order of the ids; undefined where there is none. */
export async function readOpenable(
  sql: Sql,
  ids: readonly string[],
): Promise<(OpenableMessage | undefined)[]> {
  const rows = await sql.query<OpenableMessage>(
    `select id, kind, entity, system, local_id as "localId", canonical_id as "canonicalId", body, state,
       correlation_id as "correlationId", epoch from nave.message where id = any($1::uuid[])`,
    [ids],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id));
}

export type Unsettled = Pick<Message, "fingerprint" | "state">;

/** What is under way for these records, parked, or given up by a person, the latest observation of each. */
export async function selectUnsettled(
  sql: Sql,
  system: string,
  entity: string,
  localIds: readonly string[],
): Promise<Map<string, Unsettled>> {
  const rows = await sql.query<Unsettled & { localId: string }>(
    `select distinct on (local_id) local_id as "localId", fingerprint, state from nave.message
     where system = $1 and entity = $2 and local_id = any($3::text[]) and state in ('accepted', 'waiting', 'parked', 'dropped')
     order by local_id, observation_number desc`,
    [system, entity, localIds],
  );
  return new Map(rows.map((row) => [row.localId, row]));
}

/**
 * Settles messages, supersedes the older unsettled ones of their records, and closes the dead letters of all of them. An
 * older one that was merged with news and has not been routed is not superseded by one without: nothing else would route it.
 * Where each has been becomes a part of its story in the same statement: that costs half of what one of its own would.
 *
 * @param paths  By message; of others it is not kept.
 */
export async function settleWithOlder(
  sql: Sql,
  ids: readonly string[],
  paths: ReadonlyMap<string, MessagePath>,
): Promise<void> {
  await sql.query(
    `with settled as (
       update nave.message set state = 'settled', settled_at = now(), error = null
       where id = any($1::uuid[]) and state in ('accepted', 'waiting') returning id, kind, system, entity, local_id, observation_number,
         correlation_id, canonical_id, coalesce((outcome->>'echo')::boolean, true) as is_echo),
     older as (
       update nave.message m set state = 'superseded', settled_at = now() from settled s
       where s.kind = 'observed' and m.kind = 'observed' and m.system = s.system and m.entity = s.entity
         and m.local_id = s.local_id and m.state in ('accepted', 'waiting', 'parked', 'dropped')
         and m.observation_number < s.observation_number
         and (not s.is_echo or coalesce((m.outcome->>'echo')::boolean, true))
         and m.id <> all($1::uuid[])
       returning m.id),
     passed as (
       insert into nave.hop (correlation_id, message_id, entity, canonical_id, system, local_id, step, text, after)
       select s.correlation_id, s.id, s.entity, s.canonical_id, s.system, s.local_id, 'passed', 'has been through its flow', p.after
       from jsonb_to_recordset($2::jsonb) as p(id uuid, after jsonb) join settled s on s.id = p.id)
     update nave.dead_letter set state = 'healed', closed_at = now(), closed_by = 'a newer version went through'
     where state = 'open' and subject in (select 'message:' || id from settled union all select 'message:' || id from older)`,
    [ids, json(ids.flatMap((id) => (paths.has(id) ? [{ id, ...along(paths.get(id)) }] : [])))],
  );
}

export const storeOutcome = batched(
  "write",
  async (sql, outcomes: readonly { id: string; outcome: StoredOutcome }[]) => {
    await sql.query(
      `update nave.message m set canonical_id = (o.outcome->>'canonicalId')::uuid, outcome = o.outcome
       from jsonb_to_recordset($1::jsonb) as o(id uuid, outcome jsonb) where m.id = o.id`,
      [json(outcomes)],
    );
    return outcomes.map(() => undefined);
  },
);

export async function parkMessage(sql: Sql, id: string, error: JsonObject): Promise<void> {
  await sql.query("update nave.message set state = 'parked', error = $2 where id = $1", [id, json(error)]);
}

/** A person gives a parked message up; its row stays, so that the same content is not taken for news at the next read. */
export async function dropMessage(sql: Sql, id: string): Promise<void> {
  await sql.query(
    "update nave.message set state = 'dropped', settled_at = now() where id = $1 and state = 'parked'",
    [id],
  );
}

export const suspendMessage = batched(
  "write",
  async (sql, suspended: readonly { id: string; error: JsonObject }[]) => {
    await sql.query(
      `update nave.message m set state = 'waiting', error = s.error
       from jsonb_to_recordset($1::jsonb) as s(id uuid, error jsonb) where m.id = s.id`,
      [json(suspended)],
    );
    return suspended.map(() => undefined);
  },
);

/** Lets a message stand still until `wakeForCommand`; `error` names the command. One that a person has to see stays parked. */
export async function awaitCommand(sql: Sql, id: string, error: JsonObject): Promise<void> {
  await sql.query(
    "update nave.message set state = 'waiting', error = $2 where id = $1 and state in ('accepted', 'waiting')",
    [id, json(error)],
  );
}

/** Puts the messages that wait for the reply to this command back into their flows. */
export async function wakeForCommand(sql: Sql, command: string): Promise<void> {
  await sql.query(
    `update nave.message set state = 'accepted', due_at = now(), published_at = null, error = null
     where state = 'waiting' and error->>'command' = $1`,
    [command],
  );
}

/** Puts a message back: due after the delay, published again by the sweeper. */
export async function deferMessage(
  sql: Sql,
  id: string,
  delayMs: number,
  countAttempt: boolean,
  error: JsonObject,
): Promise<void> {
  await sql.query(
    `update nave.message set state = 'accepted', attempts = attempts + $3::int, error = $4, published_at = null,
       due_at = now() + $2::int * interval '1 millisecond' where id = $1 and state in ('accepted', 'waiting')`,
    [id, Math.round(delayMs), countAttempt ? 1 : 0, json(error)],
  );
}

/** Another translation of the same native record. */
export async function replaceBody(sql: Sql, id: string, body: Body): Promise<void> {
  await sql.query("update nave.message set body = $2 where id = $1", [id, json(body)]);
}

/** Puts parked or waiting messages back into their flow. */
export async function reviveMessages(sql: Sql, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql.query(
    `update nave.message set state = 'accepted', attempts = 0, due_at = now(), published_at = null, error = null
     where id = any($1::uuid[]) and state in ('waiting', 'parked')`,
    [ids],
  );
}

/** Due messages that nobody has published; marks them published. `key` is their partition key. */
export async function takeUnpublishedMessages(
  sql: Sql,
  limit: number,
): Promise<(MessageTicket & TraceColumns)[]> {
  return sql.query<MessageTicket & TraceColumns>(
    `update nave.message set published_at = now() where id in (
       select id from nave.message where state = 'accepted' and published_at is null and due_at <= now()
       order by due_at limit $1 for update skip locked)
     returning id, kind, entity, coalesce(system || '/' || local_id, canonical_id::text, id::text) as key, ${traceColumns("message")}`,
    [limit],
  );
}

/** Whose tickets: messages by entity, those that go on by themselves, wishes and commands by system. */
export type TicketsOf = { entities: string[]; resumed: boolean; systems: string[]; commanded: string[] };

const OLD = "published_at < now() - $1::int * interval '1 millisecond'";
const OLD_MESSAGE = `state = 'accepted' and ${OLD}`;
const FREE = "(claimed_until is null or claimed_until < now())";
const OLD_WISH = `state = 'open' and ${OLD} and ${FREE}`;
const OLD_COMMAND = `state in ('queued', 'sent') and ${OLD} and ${FREE}`;

/** What was published that long ago and still stands there. */
export async function selectOldTickets(sql: Sql, olderThanMs: number): Promise<TicketsOf> {
  const [row] = await sql.query<TicketsOf>(
    `select array(select distinct entity from nave.message where ${OLD_MESSAGE} and kind <> 'resumed') as entities,
       exists (select 1 from nave.message where ${OLD_MESSAGE} and kind = 'resumed') as resumed,
       array(select distinct system from nave.wish where ${OLD_WISH}) as systems,
       array(select distinct system from nave.command where ${OLD_COMMAND}) as commanded`,
    [olderThanMs],
  );
  return row ?? { entities: [], resumed: false, systems: [], commanded: [] };
}

/** Such tickets of these count as unpublished again. */
export async function distrustOldTickets(sql: Sql, of: TicketsOf, olderThanMs: number): Promise<void> {
  await sql.query(
    `with messages as (update nave.message set published_at = null where ${OLD_MESSAGE}
       and case kind when 'resumed' then $4::boolean else entity = any($2::text[]) end),
     commands as (update nave.command set published_at = null where ${OLD_COMMAND} and system = any($5::text[]))
     update nave.wish set published_at = null where ${OLD_WISH} and system = any($3::text[])`,
    [olderThanMs, of.entities, of.systems, of.resumed, of.commanded],
  );
}

/** Deletes settled messages past their retention; at most `limit` a call. */
export async function deleteSettledMessages(sql: Sql, days: number, limit: number): Promise<number> {
  const rows = await sql.query(
    `with gone as (delete from nave.message where id in (select id from nave.message
       where state in ('settled', 'superseded') and settled_at < now() - $1::int * interval '1 day' limit $2) returning id)
     delete from nave.business_key where message_id in (select id from gone) returning 1`,
    [days, limit],
  );
  return rows.length;
}
