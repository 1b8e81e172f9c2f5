import type { JsonObject } from "../adapter-kit/contract.ts";
import { NaveError } from "../errors.ts";
import { json, type Sql } from "./database.ts";

export type Checkpoint = {
  value: JsonObject | null;
  revision: number;
  scannedAt: Date | null;
  fullScanAt: Date | null;
};

export async function readCheckpoint(sql: Sql, system: string, entity: string): Promise<Checkpoint> {
  const [row] = await sql.query<Checkpoint>(
    `select value, revision, scanned_at as "scannedAt", full_scan_at as "fullScanAt" from nave.checkpoint
     where system = $1 and entity = $2`,
    [system, entity],
  );
  return row ?? { value: null, revision: 0, scannedAt: null, fullScanAt: null };
}

/**
 * Moves a checkpoint by compare-and-set.
 * @throws NAVE_RECORD_STALE when somebody else has moved it since `revision` was read.
 */
export async function moveCheckpoint(
  sql: Sql,
  system: string,
  entity: string,
  revision: number,
  value: JsonObject,
  scan: "under-way" | "complete" | "complete-full",
): Promise<number> {
  const rows = await sql.query<{ revision: number }>(
    `insert into nave.checkpoint (system, entity, value, revision, scanned_at, full_scan_at)
     values ($1, $2, $3, 1, case when $5 <> 'under-way' then now() end, case when $5 = 'complete-full' then now() end)
     on conflict (system, entity) do update set value = excluded.value, revision = checkpoint.revision + 1,
       scanned_at = coalesce(excluded.scanned_at, checkpoint.scanned_at),
       full_scan_at = coalesce(excluded.full_scan_at, checkpoint.full_scan_at)
     where checkpoint.revision = $4
     returning revision`,
    [system, entity, json(value), revision, scan],
  );
  const moved = rows[0]?.revision;
  if (moved === undefined || (revision > 0 && moved !== revision + 1)) {
    throw new NaveError("NAVE_RECORD_STALE", `checkpoint ${system}/${entity} was moved by another worker`);
  }
  return moved;
}

/** Forgets how far a source was read: the next scan reads everything, and nothing is written there until it is taken in. */
export async function rewindCheckpoints(sql: Sql, system: string, entity: string | null): Promise<void> {
  await sql.query(
    `update nave.checkpoint set value = null, revision = revision + 1, scanned_at = null, full_scan_at = null,
       taken_in_at = null
     where system = $1 and ($2::text is null or entity = $2)`,
    [system, entity],
  );
}

export type Source = { system: string; entity: string };

/**
 * A hub starts, and no other runs on this store: it may be a copy of an earlier day. What the systems have been given since
 * is read and recognised before anything is written there again.
 */
export async function forgetTakenIn(sql: Sql): Promise<void> {
  await sql.query(
    `update nave.checkpoint set taken_in_at = null, scanned_at = null,
       catching_up_from = case when taken_in_at is null then catching_up_from end
     where not exists (select 1 from nave.worker where seen_at > now() - interval '10 seconds')`,
  );
}

/** The store is an older copy of itself: what every source shows from here on, until it is taken in, is caught up with. */
export async function startCatchingUp(sql: Sql): Promise<void> {
  await sql.query(
    "update nave.checkpoint set catching_up_from = nextval('nave.observation_number'), taken_in_at = null",
  );
}

/**
 * Sources that have been read to the end, with all that was read merged or waiting for something else. A reference gets a
 * minute to arrive: most come in the same scan.
 */
export async function selectTakenIn(sql: Sql): Promise<Source[]> {
  return sql.query<Source>(
    `with now_taken_in as (
       update nave.checkpoint c set taken_in_at = now() where taken_in_at is null and scanned_at is not null
         and not exists (select 1 from nave.message m where m.system = c.system and m.entity = c.entity
           and m.created_at <= c.scanned_at and (m.state = 'accepted' or m.state = 'waiting'
             and m.error->>'code' = 'NAVE_REFERENCE_MISSING' and m.created_at > now() - interval '1 minute'))
       returning system, entity)
     select system, entity from now_taken_in
     union select system, entity from nave.checkpoint where taken_in_at is not null`,
  );
}
