import type { JsonObject } from "../adapter-kit/contract.ts";
import type { FlowPlace } from "../flows/hub-port.ts";
import { batched } from "./batching.ts";
import { json, type Sql } from "./database.ts";

export type WaitKind = "collect" | "deadline" | "schedule" | "approve" | "undo" | "undo all";

/** The node in words, and what else the kind keeps. */
export type WaitData = { where: string } & JsonObject;

export type Wait = FlowPlace & {
  id: string;
  kind: WaitKind;
  /** What one wait of a node is told from another by; of a schedule, the due time. */
  key: string;
  /** Absent in time: only something else ends it. */
  dueAt: Date | null;
  data: WaitData;
  /** The message that opened it; null: a schedule's. */
  causeId: string | null;
  correlationId: string;
  createdAt: Date;
};

export type NewWait = Omit<Wait, "createdAt" | "dueAt">;

const COLUMNS = `id, kind, flow, flow_version as "flowVersion", node, key, due_at as "dueAt", data, cause_id as "causeId",
  correlation_id as "correlationId", created_at as "createdAt"`;

/**
 * The open wait of this node and key, locked; the one given where there is none. Within a group, each node and key is asked
 * for once at a time.
 *
 * @returns it, and what the clock of the store shows.
 */
export const openWait = batched("write", async (sql, waits: readonly NewWait[]) => {
  const rows = await sql.query<Wait & { now: Date }>(
    `insert into nave.wait (id, kind, flow, flow_version, node, key, state, data, cause_id, correlation_id)
     select id, kind, flow, "flowVersion", node, key, 'open', data, "causeId", "correlationId"
     from jsonb_to_recordset($1::jsonb) as w(id uuid, kind text, flow text, "flowVersion" text, node text, key text, data jsonb,
       "causeId" uuid, "correlationId" uuid)
     order by node, key
     on conflict (node, key) where state = 'open' do update set key = excluded.key
     returning ${COLUMNS}, clock_timestamp() as now`,
    [json(waits)],
  );
  const byPlace = new Map(rows.map(({ now, ...wait }) => [`${wait.node} ${wait.key}`, { wait, now }]));
  return waits.map(({ node, key }) => byPlace.get(`${node} ${key}`) as { wait: Wait; now: Date });
});

/** The open waits of this kind that are known by this key, of whatever node, locked in one order. */
export const lockWaitsByKey = batched(
  "read",
  async (sql, asked: readonly { kind: WaitKind; key: string }[]) => {
    const rows = await sql.query<Wait>(
      `select ${COLUMNS} from nave.wait where kind = any($1::text[]) and key = any($2::text[]) and state = 'open'
       order by id for update`,
      [asked.map(({ kind }) => kind), asked.map(({ key }) => key)],
    );
    return asked.map(({ kind, key }) => rows.filter((row) => row.kind === kind && row.key === key));
  },
);

export async function readClock(sql: Sql): Promise<Date> {
  const [row] = await sql.query<{ now: Date }>("select clock_timestamp() as now");
  return row?.now ?? new Date();
}

/** `dueAt` absent: time does not end it. */
export type WaitUpdate = { id: string; dueAt: Date | undefined; data: WaitData };

export const updateWait = batched("write", async (sql, updates: readonly WaitUpdate[]) => {
  await sql.query(
    `update nave.wait w set due_at = u."dueAt", data = u.data
     from jsonb_to_recordset($1::jsonb) as u(id uuid, "dueAt" timestamptz, data jsonb)
     where w.id = u.id and w.state = 'open'`,
    [json(updates)],
  );
  return updates.map(() => undefined);
});

/** Ends a wait. @returns whether this call did: whoever else tries comes too late. */
export async function closeWait(sql: Sql, id: string, state: "done" | "cancelled"): Promise<boolean> {
  const rows = await sql.query(
    "update nave.wait set state = $2, closed_at = now() where id = $1 and state = 'open' returning 1",
    [id, state],
  );
  return rows.length === 1;
}

/** Waits of these kinds that time ends now; schedules only of these nodes, those that are deployed here. */
export async function selectDueWaits(
  sql: Sql,
  kinds: readonly WaitKind[],
  schedules: readonly string[],
  limit: number,
): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `select id from nave.wait where state = 'open' and due_at <= now() and kind = any($1::text[])
       and (kind <> 'schedule' or node = any($2::text[])) order by due_at limit $3`,
    [kinds, schedules, limit],
  );
  return rows.map(({ id }) => id);
}

/** A wait that is still due, for this transaction alone; undefined when somebody else has it, or has dealt with it. */
export async function takeDueWait(sql: Sql, id: string): Promise<Wait | undefined> {
  const [row] = await sql.query<Wait>(
    `select ${COLUMNS} from nave.wait where id = $1 and state = 'open' and due_at <= now() for update skip locked`,
    [id],
  );
  return row;
}

/** Where of these nodes something waits on record that came in this message. */
export async function selectWaitingIn(
  sql: Sql,
  messageId: string,
  nodes: readonly string[],
): Promise<string[]> {
  const rows = await sql.query<{ node: string }>(
    `select distinct a.node from nave.wait_arrival a join nave.wait w on w.id = a.wait_id
     where a.node = any($2::text[]) and a.message_id = $1 and w.state = 'open'`,
    [messageId, nodes],
  );
  return rows.map(({ node }) => node);
}

/** How many messages wait at each node: those that are collected, and the waits that somebody or something may still end. */
export async function countWaiting(sql: Sql): Promise<{ node: string; waiting: number }[]> {
  return sql.query(
    `select w.node, count(*)::int as waiting from nave.wait w join nave.wait_arrival a on a.wait_id = w.id
       where w.state = 'open' and w.kind = 'collect' group by w.node
     union all
     select node, count(*)::int from nave.wait where state = 'open' and kind not in ('collect', 'schedule') group by node`,
  );
}

/** @returns the correlation id of the message that waits; undefined when the wait has ended, or none does. */
export async function postponeWait(sql: Sql, id: string, delayMs: number): Promise<string | undefined> {
  const [row] = await sql.query<{ correlationId: string | null }>(
    `update nave.wait set due_at = now() + $2::int * interval '1 millisecond' where id = $1 and state = 'open'
     returning correlation_id as "correlationId"`,
    [id, delayMs],
  );
  return row?.correlationId ?? undefined;
}

/** The firing that a schedule waits for; locked. */
export async function lockNextFiring(sql: Sql, node: string): Promise<Wait | undefined> {
  const [row] = await sql.query<Wait>(
    `select ${COLUMNS} from nave.wait where kind = 'schedule' and node = $1 and state = 'open' for update`,
    [node],
  );
  return row;
}

/** @returns false when that firing, or another that the schedule waits for, is there already. */
export async function insertFiring(sql: Sql, wait: NewWait, dueAt: Date): Promise<boolean> {
  const rows = await sql.query(
    `insert into nave.wait (id, kind, flow, flow_version, node, key, state, due_at, data, correlation_id)
     values ($1, 'schedule', $2, $3, $4, $5, 'open', $6, $7, $8) on conflict do nothing returning 1`,
    [
      wait.id,
      wait.flow,
      wait.flowVersion,
      wait.node,
      wait.key,
      dueAt.toISOString(),
      json(wait.data),
      wait.correlationId,
    ],
  );
  return rows.length === 1;
}

/** It goes on at another version of its flow, or under another name. */
export async function moveWait(sql: Sql, id: string, place: FlowPlace, data: WaitData): Promise<void> {
  await sql.query("update nave.wait set flow = $2, flow_version = $3, data = $4 where id = $1", [
    id,
    place.flow,
    place.flowVersion,
    json(data),
  ]);
}

export async function deleteWait(sql: Sql, id: string): Promise<void> {
  await sql.query("delete from nave.wait where id = $1", [id]);
}

/** A copy of a message that has come to a node that waits. */
export type Arrival = { node: string; messageId: string; part: string };

/** Which of these have come before, in their order. */
export const haveArrived = batched("read", async (sql, groups: readonly (readonly Arrival[])[]) => {
  const rows = await sql.query<Arrival>(
    `select node, message_id as "messageId", part from nave.wait_arrival where (node, message_id, part) in (
       select node, "messageId", part from jsonb_to_recordset($1::jsonb) as a(node text, "messageId" uuid, part text))`,
    [json(groups.flat())],
  );
  const known = new Set(rows.map(nameOf));
  return groups.map((arrivals) => arrivals.map((arrival) => known.has(nameOf(arrival))));
});

function nameOf({ node, messageId, part }: Arrival): string {
  return `${node} ${messageId} ${part}`;
}

/** `waitId` null: it found no wait to end. `body`: what is kept of it until the wait ends. */
export type NewArrival = Arrival & { waitId: string | null; body: JsonObject | null };

/** In the order in which they have come. */
export const insertArrivals = batched("write", async (sql, groups: readonly (readonly NewArrival[])[]) => {
  await sql.query(
    `insert into nave.wait_arrival (node, message_id, part, wait_id, body)
     select node, "messageId", part, "waitId", body from jsonb_to_recordset($1::jsonb)
       as a(node text, "messageId" uuid, part text, "waitId" uuid, body jsonb)`,
    [json(groups.flat())],
  );
  return groups.map(() => undefined);
});

export type Arrived = {
  messageId: string;
  body: JsonObject;
  entity: string | null;
  canonicalId: string | null;
  correlationId: string | null;
};

/** What has come to a wait, in the order in which it came, with what is known of the messages it came in. */
export async function selectArrived(sql: Sql, waitId: string): Promise<Arrived[]> {
  return sql.query<Arrived>(
    `select a.message_id as "messageId", a.body, m.entity, m.canonical_id as "canonicalId",
       m.correlation_id as "correlationId"
     from nave.wait_arrival a left join nave.message m on m.id = a.message_id where a.wait_id = $1 order by a.position`,
    [waitId],
  );
}

/** The message that goes on has it all from now on. */
export async function forgetBodies(sql: Sql, waitId: string): Promise<void> {
  await sql.query("update nave.wait_arrival set body = null where wait_id = $1", [waitId]);
}

/**
 * Deletes what ended that long ago, as far as no message can come again that was in it; at most `limit` waits, and as many
 * arrivals that found none, a call.
 */
export async function deleteOldWaits(sql: Sql, days: number, limit: number): Promise<void> {
  await sql.query(
    `delete from nave.wait where id in (select w.id from nave.wait w where w.state <> 'open'
       and w.closed_at < now() - $1::int * interval '1 day' and not ${canComeAgain("a.wait_id = w.id")} limit $2)`,
    [days, limit],
  );
  await sql.query(
    `delete from nave.wait_arrival where (node, message_id, part) in (select b.node, b.message_id, b.part
       from nave.wait_arrival b where b.wait_id is null and b.at < now() - $1::int * interval '1 day'
       and not ${canComeAgain("a.node = b.node and a.message_id = b.message_id and a.part = b.part")} limit $2)`,
    [days, limit],
  );
}

/** What waits, without what it goes on with. `process`: of an undo and its undoing. */
export type OpenWait = Wait & { process: string | null };

export async function selectWaitingFlows(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ flow: string }>("select distinct flow from nave.wait where state = 'open'");
  return rows.map(({ flow }) => flow);
}

/** Newest first; of these flows, and before one of them, where that is given. */
export async function listOpenWaits(
  sql: Sql,
  { flows, after }: { flows: readonly string[]; after?: string | undefined },
  limit: number,
): Promise<OpenWait[]> {
  return sql.query<OpenWait>(
    `select id, kind, flow, flow_version as "flowVersion", node, key, due_at as "dueAt", data - 'message' as data,
       cause_id as "causeId", correlation_id as "correlationId", created_at as "createdAt", process from nave.wait
     where state = 'open' and flow = any($1::text[])
       and ($2::uuid is null or (created_at, id) < (select created_at, id from nave.wait where id = $2::uuid))
     order by created_at desc, id desc limit $3`,
    [flows, after ?? null, limit],
  );
}

/** That one of these arrivals was of a message that is not over. */
const canComeAgain = (arrivals: string) => `exists (select 1 from nave.wait_arrival a
  join nave.message m on m.id = a.message_id where ${arrivals} and m.state in ('accepted', 'waiting', 'parked'))`;
