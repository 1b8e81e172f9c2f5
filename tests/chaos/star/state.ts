import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import type { Sql } from "../../../src/store/database.ts";
import { countForPersons, countPending, type PersonCounts } from "../../../src/telemetry/counts.ts";

/** How things stand in a hub. */
export type HubState = {
  pending: number;
  /** Sources (`crm/customer`) whose last complete scan began before the instant asked about. */
  unscanned: string[];
  /** Sources that have not been taken in yet: nothing is written there. */
  takingIn: number;
  /** Messages taken in since. */
  messagesSince: number;
  persons: PersonCounts;
};

/** @param since  RFC 3339 UTC. @param sources  `crm/customer`; those with a star behind must have been read in full. */
export async function readState(sql: Sql, since: string, sources: readonly string[]): Promise<HubState> {
  const scanned = await sql.query<{ source: string; full: boolean }>(
    `select system || '/' || entity as source, coalesce(full_scan_at > $1, false) as full from nave.checkpoint
     where scanned_at > $1`,
    [since],
  );
  const names = new Set(scanned.flatMap(({ source, full }) => (full ? [source, `${source}*`] : [source])));
  const [row] = await sql.query<{ messages: number; takingIn: number }>(
    `select (select count(*)::int from nave.message where created_at > $1) as messages,
       (select count(*)::int from nave.checkpoint where taken_in_at is null) as "takingIn"`,
    [since],
  );
  return {
    pending: await countPending(sql),
    unscanned: sources.filter((source) => !names.has(source)),
    takingIn: row?.takingIn ?? 0,
    messagesSince: row?.messages ?? 0,
    persons: await countForPersons(sql),
  };
}

/** Whether this process holds the claim of a wish of this record. */
export async function readClaim(sql: Sql, workerId: string, canonicalId: string): Promise<boolean> {
  const claims = await sql.query(
    "select 1 from nave.wish where canonical_id = $1 and split_part(claimed_by, '#', 1) = $2",
    [canonicalId, workerId],
  );
  return claims.length > 0;
}

/** What a hub has on record at the end. */
export type HubAccount = {
  conflicts: { entity: string; canonicalId: string; path: string; offered: unknown; kept: unknown }[];
  /** Writes whose fate is undecided, in words. */
  inDoubt: string[];
  /** What systems were seen to hold, as read or as answered to a write, in order. */
  sightings: { system: string; entity: string; id: string; time: string; native: JsonObject }[];
  deadLetters: string[];
  /** What is pending though it had time, in words. */
  standing: string[];
};

const STANDING = `select format('wish %s/%s/%s %s, attempts %s, due %s, published %s, claimed by %s: %s', system, entity,
    canonical_id, state, attempts, due_at, published_at, claimed_by, error) as text
  from nave.wish where state in ('open', 'waiting')
  union all select format('message %s of %s/%s/%s %s, due %s, published %s, attempts %s: %s', id, system, entity, local_id,
    state, due_at, published_at, attempts, error) from nave.message where state in ('accepted', 'waiting')`;

export async function readAccount(sql: Sql): Promise<HubAccount> {
  const texts = async (query: string) => (await sql.query<{ text: string }>(query)).map(({ text }) => text);
  return {
    conflicts: await sql.query(
      `select entity, canonical_id as "canonicalId", path, offered, kept from nave.conflict`,
    ),
    sightings: await sql.query(
      `select system, entity, local_id as id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as time, after as native
       from nave.hop where step in ('accepted', 'written') and after is not null and local_id is not null order by at`,
    ),
    inDoubt: await texts(
      `select format('%s/%s/%s: %s', system, entity, canonical_id, error) as text from nave.wish where state = 'in-doubt'
       union all select format('%s %s: %s', system, operation, problem) from nave.command where state = 'in-doubt'`,
    ),
    deadLetters: await texts(
      "select format('%s %s/%s: %s', code, system, entity, text) as text from nave.dead_letter where state = 'open'",
    ),
    standing: await texts(STANDING),
  };
}
