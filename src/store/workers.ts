import type { Sql } from "./database.ts";

/** How often a process gives a sign of life, and renews its leases with it. */
export const HEARTBEAT_MS = 1000;
/** Others may take over what a process that gives no sign of life was to do. */
export const LEASE_MS = 3000;
/** What it had claimed is free again. */
export const DEAD_AFTER_MS = 3500;

/** A process of the hub as it is known to the others. */
export type Worker = { id: string; role: string; host: string; cpuMs: number; tickets: number };

/** Says that this process is alive, and keeps its leases. */
export async function heartbeat(sql: Sql, worker: Worker): Promise<void> {
  const { id, role, host, cpuMs, tickets } = worker;
  await sql.query(
    `with renewed as (update nave.lease set until = now() + $6::int * interval '1 millisecond'
       where owner = $1 and until > now())
     insert into nave.worker (id, role, host, cpu_ms, tickets) values ($1, $2, $3, $4, $5)
     on conflict (id) do update set seen_at = now(), cpu_ms = excluded.cpu_ms, tickets = excluded.tickets`,
    [id, role, host, cpuMs, tickets, LEASE_MS],
  );
}

export type LiveWorker = Worker & { since: Date; leases: string[] };

/** Processes that have given a sign of life lately, the oldest first. */
export async function selectLiveWorkers(sql: Sql): Promise<LiveWorker[]> {
  return sql.query<LiveWorker>(
    `select id, role, host, cpu_ms as "cpuMs", tickets, started_at as since, array(select partition from nave.lease
       where owner = id and until > now() order by partition) as leases
     from nave.worker where seen_at > now() - $1::int * interval '1 millisecond' order by started_at, id`,
    [DEAD_AFTER_MS],
  );
}

const FREE = "claimed_by = null, claimed_until = null, published_at = null";
/** Without a sign of life; what it had claimed has not been freed since its last one. */
const DEAD = `id <> $2 and seen_at < now() - $1::int * interval '1 millisecond'
  and (released_at is null or released_at < seen_at)`;

/** A process ends: what it still had claimed is free. */
export async function removeWorker(sql: Sql, id: string): Promise<void> {
  await sql.query(
    `with gone as (delete from nave.worker where id = $1)
     update nave.wish set ${FREE} where state = 'open' and split_part(claimed_by, '#', 1) = $1`,
    [id],
  );
}

/**
 * Frees the wishes, commands and notifications claimed by workers that give no sign of life; what they had sent is found by its
 * intent, and by the state of the command. Who asks is alive, however late its own signs are: what it is just writing it
 * must not begin anew. Wishes are looked through once after each death.
 */
export async function releaseClaimsOfTheDead(sql: Sql, self: string): Promise<void> {
  const isDead = `claimed_by is not null and split_part(claimed_by, '#', 1) <> $2 and not exists (select 1 from nave.worker w
    where w.id = split_part(claimed_by, '#', 1) and w.seen_at > now() - $1::int * interval '1 millisecond')`;
  const [row] = await sql.query<{ died: boolean }>(
    `with forgotten as (delete from nave.worker where seen_at < now() - interval '1 hour' and released_at > seen_at),
     commands as (update nave.command set ${FREE} where state in ('queued', 'sent') and ${isDead}),
     notifications as (update nave.notification set claimed_by = null, claimed_until = null
       where state = 'queued' and ${isDead})
     select exists (select 1 from nave.worker where ${DEAD}) as died`,
    [DEAD_AFTER_MS, self],
  );
  if (!row?.died) return;
  await sql.query(
    `with dead as (update nave.worker set released_at = now() where ${DEAD} returning id)
     update nave.wish set ${FREE} where state = 'open' and split_part(claimed_by, '#', 1) in (select id from dead)`,
    [DEAD_AFTER_MS, self],
  );
}

/** An embedded store has one process: at its start nobody else is alive, and its queues are empty. */
export async function forgetOtherLives(sql: Sql): Promise<void> {
  await sql.query("delete from nave.worker");
  await sql.query("update nave.lease set owner = null, until = null");
  await sql.query("update nave.message set published_at = null where state = 'accepted'");
  await sql.query(`update nave.wish set ${FREE} where state = 'open'`);
  await sql.query("update nave.command set published_at = null where state in ('queued', 'sent')");
}

/**
 * Takes or renews a lease; signs of life renew it from then on. The epoch grows with every change of owner.
 * @returns the epoch, or undefined while somebody else holds it.
 */
export async function acquireLease(sql: Sql, partition: string, owner: string): Promise<number | undefined> {
  const [row] = await sql.query<{ epoch: number }>(
    `insert into nave.lease (partition, owner, epoch, until) values ($1, $2, 1, now() + $3::int * interval '1 millisecond')
     on conflict (partition) do update set owner = excluded.owner, until = excluded.until,
       epoch = lease.epoch + case when lease.owner = excluded.owner then 0 else 1 end
     where lease.owner = excluded.owner or lease.owner is null or lease.until < now()
     returning epoch`,
    [partition, owner, LEASE_MS],
  );
  return row?.epoch;
}

export async function releaseLeases(sql: Sql, owner: string): Promise<void> {
  await sql.query("update nave.lease set owner = null, until = null where owner = $1", [owner]);
}
