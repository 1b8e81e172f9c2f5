import type { Sql } from "./database.ts";

/** Says that this worker is alive. */
export async function heartbeat(sql: Sql, id: string, role: string): Promise<void> {
  await sql.query(
    `insert into nave.worker (id, role) values ($1, $2) on conflict (id) do update set seen_at = now()`,
    [id, role],
  );
}

export async function removeWorker(sql: Sql, id: string): Promise<void> {
  await sql.query("delete from nave.worker where id = $1", [id]);
}

/**
 * Frees the wishes, commands and notifications claimed by workers that have not been seen for that long; what they had sent is found by its
 * intent, and by the state of the command.
 */
export async function releaseClaimsOfTheDead(sql: Sql, deadAfterMs: number): Promise<void> {
  const isDead = `claimed_by is not null and not exists (select 1 from nave.worker w
    where w.id = split_part(claimed_by, '#', 1) and w.seen_at > now() - $1::int * interval '1 millisecond')`;
  const free = "claimed_by = null, claimed_until = null, published_at = null";
  await sql.query(
    `with commands as (update nave.command set ${free} where state in ('queued', 'sent') and ${isDead}),
     notifications as (update nave.notification set claimed_by = null, claimed_until = null
       where state = 'queued' and ${isDead})
     update nave.wish set ${free} where state = 'open' and ${isDead}`,
    [deadAfterMs],
  );
}

/** An embedded store has one process: at its start nobody else is alive, and its queues are empty. */
export async function forgetOtherLives(sql: Sql): Promise<void> {
  await sql.query("delete from nave.worker");
  await sql.query("update nave.lease set owner = null, until = null");
  await sql.query("update nave.message set published_at = null where state = 'accepted'");
  await sql.query("update nave.wish set published_at = null where state = 'open'");
  await sql.query("update nave.command set published_at = null where state in ('queued', 'sent')");
}

/**
 * Takes or renews a lease. The epoch grows with every change of owner.
 * @returns the epoch, or undefined while somebody else holds it.
 */
export async function acquireLease(
  sql: Sql,
  partition: string,
  owner: string,
  forMs: number,
): Promise<number | undefined> {
  const [row] = await sql.query<{ epoch: number }>(
    `insert into nave.lease (partition, owner, epoch, until) values ($1, $2, 1, now() + $3::int * interval '1 millisecond')
     on conflict (partition) do update set owner = excluded.owner, until = excluded.until,
       epoch = lease.epoch + case when lease.owner = excluded.owner then 0 else 1 end
     where lease.owner = excluded.owner or lease.owner is null or lease.until < now()
     returning epoch`,
    [partition, owner, forMs],
  );
  return row?.epoch;
}

export async function releaseLeases(sql: Sql, owner: string): Promise<void> {
  await sql.query("update nave.lease set owner = null, until = null where owner = $1", [owner]);
}
