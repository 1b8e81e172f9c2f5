import type { Json, JsonObject } from "../adapter-kit/contract.ts";
import type { Body, FieldPath } from "../canonical/types.ts";
import { batched, holdInGroup } from "./batching.ts";
import { json, type Sql } from "./database.ts";

/** What one system holds of one record, as far as the hub knows. */
export type Shadow = {
  system: string;
  entity: string;
  localId: string;
  native: JsonObject;
  /** References resolved to canonical ids. */
  canonical: Body;
  /** Values as the hub wrote them, where the system holds a form of its own; null: written as absent. */
  written: Record<FieldPath, Json>;
  fingerprint: string;
  lockToken: string | null;
  modifiedAt: Date | string | null;
  observationNumber: number;
  known: boolean;
  deleted: boolean;
};

const COLUMNS = `system, entity, local_id as "localId", native, canonical, written, fingerprint, lock_token as "lockToken",
  modified_at as "modifiedAt", observation_number as "observationNumber", known, deleted`;

/**
 * Locks a shadow until the transaction ends. Where there is none yet, its name is locked: who takes a record in and who
 * commits a write of it see each other, whichever is first.
 */
export async function lockShadow(
  sql: Sql,
  system: string,
  entity: string,
  localId: string,
): Promise<Shadow | undefined> {
  await holdInGroup(sql, [`shadow ${keyOf({ system, entity, localId })}`]);
  return lockOne(sql, { system, entity, localId });
}

type ShadowKey = Pick<Shadow, "system" | "entity" | "localId">;

const keyOf = ({ system, entity, localId }: ShadowKey) => JSON.stringify([system, entity, localId]);

const lockOne = batched("read", async (sql, keys: readonly ShadowKey[]) => {
  const there = await lockRows(sql, keys);
  const missing = keys.filter((_, index) => there[index] === undefined);
  if (missing.length === 0) return there;
  const names = [...new Set(missing.map((key) => `shadow ${keyOf(key)}`))].sort();
  await sql.query("select pg_advisory_xact_lock(hashtextextended(name, 0)) from unnest($1::text[]) as name", [
    names,
  ]);
  const made = new Map((await lockRows(sql, missing)).map((shadow, index) => [missing[index], shadow]));
  return keys.map((key, index) => there[index] ?? made.get(key));
});

/** By the whole key, one by one: a plan made while the table was small would read all of it. */
async function lockRows(sql: Sql, keys: readonly ShadowKey[]): Promise<(Shadow | undefined)[]> {
  const distinct = new Map(keys.map((key) => [keyOf(key), key]));
  const sorted = [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
  const rows = await sql.query<Shadow>(
    `select s.* from unnest($1::text[], $2::text[], $3::text[]) as k(system, entity, local_id)
     cross join lateral (select ${COLUMNS} from nave.shadow
       where system = k.system and entity = k.entity and local_id = k.local_id limit 1 for update) s`,
    columnsOf(sorted),
  );
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  return keys.map((key) => byKey.get(keyOf(key)));
}

const columnsOf = (keys: readonly ShadowKey[]) => [
  keys.map(({ system }) => system),
  keys.map(({ entity }) => entity),
  keys.map(({ localId }) => localId),
];

export async function selectShadows(
  sql: Sql,
  system: string,
  entity: string,
  localIds: readonly string[],
): Promise<Map<string, Shadow>> {
  const rows = await sql.query<Shadow>(
    `select ${COLUMNS} from nave.shadow where system = $1 and entity = $2 and local_id = any($3::text[])`,
    [system, entity, localIds],
  );
  return new Map(rows.map((row) => [row.localId, row]));
}

export type KnownFingerprint = {
  fingerprint: string;
  lockToken: string | null;
  deleted: boolean;
  /** Not where the hub catches up after a restore of its store, and has not seen the record since. */
  known: boolean;
};

export async function selectFingerprints(
  sql: Sql,
  system: string,
  entity: string,
  localIds: readonly string[],
): Promise<Map<string, KnownFingerprint>> {
  const rows = await sql.query<KnownFingerprint & { localId: string }>(
    `select local_id as "localId", fingerprint, lock_token as "lockToken", deleted,
       known and not (taken_in_at is null and coalesce(observation_number < catching_up_from, false)) as known
     from nave.shadow left join nave.checkpoint using (system, entity)
     where system = $1 and entity = $2 and local_id = any($3::text[])`,
    [system, entity, localIds],
  );
  return new Map(rows.map((row) => [row.localId, row]));
}

/** What was seen is in the row of the message that this id names. */
export type SeenInMessage = Omit<Shadow, "native"> & { nativeOf: string };

export const upsertShadow = batched("write", async (sql, shadows: readonly (Shadow | SeenInMessage)[]) => {
  await sql.query(
    `insert into nave.shadow (system, entity, local_id, native, canonical, written, fingerprint, lock_token, modified_at,
       observation_number, known, deleted)
     select system, entity, "localId", coalesce(native, (select m.native from nave.message m where m.id = "nativeOf"), '{}'),
       canonical, written, fingerprint, "lockToken", "modifiedAt", "observationNumber", known, deleted
     from jsonb_to_recordset($1::jsonb) as s(system text, entity text, "localId" text, native jsonb, "nativeOf" uuid,
       canonical jsonb, written jsonb, fingerprint text, "lockToken" text, "modifiedAt" timestamptz, "observationNumber" bigint,
       known boolean, deleted boolean)
     on conflict (system, entity, local_id) do update set native = excluded.native, canonical = excluded.canonical,
       written = excluded.written, fingerprint = excluded.fingerprint, lock_token = excluded.lock_token,
       modified_at = excluded.modified_at, observation_number = excluded.observation_number, observed_at = now(),
       known = excluded.known, deleted = excluded.deleted`,
    [json(shadows)],
  );
  return shadows.map(() => undefined);
});

/** The content is the same, only the lock token moved (a write of identical values). */
export async function refreshLockToken(
  sql: Sql,
  system: string,
  entity: string,
  localId: string,
  lockToken: string,
): Promise<void> {
  await sql.query(
    "update nave.shadow set lock_token = $4 where system = $1 and entity = $2 and local_id = $3",
    [system, entity, localId, lockToken],
  );
}

/** What the system holds is its own form of these values, as seen in that observation. */
export async function noteForms(
  sql: Sql,
  { system, entity, localId, observationNumber }: ShadowKey & Pick<Shadow, "observationNumber">,
  forms: Readonly<Record<FieldPath, Json>>,
): Promise<void> {
  await sql.query(
    `update nave.shadow set written = written || $5
     where system = $1 and entity = $2 and local_id = $3 and observation_number = $4`,
    [system, entity, localId, observationNumber, json(forms)],
  );
}

/** What the system holds is no longer known: it is read back before the next write. */
export async function distrustShadow(
  sql: Sql,
  system: string,
  entity: string,
  localId: string,
): Promise<void> {
  await distrustOne(sql, { system, entity, localId });
}

const distrustOne = batched("write", async (sql, keys: readonly ShadowKey[]) => {
  await sql.query(
    `update nave.shadow set known = false
     where (system, entity, local_id) in (select * from unnest($1::text[], $2::text[], $3::text[]))`,
    columnsOf(keys),
  );
  return keys.map(() => undefined);
});

/** What other systems hold of a record and were seen to hold since the hub's store was restored. */
export async function selectSeenSinceRestore(
  sql: Sql,
  entity: string,
  canonicalId: string,
  exceptSystem: string,
): Promise<Pick<Shadow, "system" | "canonical" | "written">[]> {
  return sql.query(
    `select s.system, s.canonical, s.written from nave.cross_reference x
     join nave.shadow s on s.system = x.system and s.entity = x.entity and s.local_id = x.local_id
     join nave.checkpoint c on c.system = s.system and c.entity = s.entity
     where x.entity = $1 and x.canonical_id = $2 and x.is_primary and x.system <> $3 and s.known and not s.deleted
       and s.observation_number >= c.catching_up_from`,
    [entity, canonicalId, exceptSystem],
  );
}

/** Records whose shadow is not to be trusted, those it was written for just now left out. */
export async function selectUnknown(
  sql: Sql,
  system: string,
  limit: number,
): Promise<{ entity: string; localId: string }[]> {
  return sql.query(
    `select entity, local_id as "localId" from nave.shadow
     where system = $1 and not known and observed_at < now() - interval '2 seconds' limit $2`,
    [system, limit],
  );
}

/** Live records of a system that a completed full scan did not show. */
export async function selectUnseen(
  sql: Sql,
  system: string,
  entity: string,
  seen: readonly string[],
  startedAtNumber: number,
): Promise<string[]> {
  const rows = await sql.query<{ localId: string }>(
    `select local_id as "localId" from nave.shadow s where system = $1 and entity = $2 and not deleted
       and observation_number < $4
       and not exists (select 1 from unnest($3::text[]) as seen(id) where seen.id = s.local_id)`,
    [system, entity, seen, startedAtNumber],
  );
  return rows.map((row) => row.localId);
}

/** Live records of a system that nothing is wished of: it is the only one to say whether they exist. */
export async function selectLiveUnwished(
  sql: Sql,
  system: string,
  entity: string,
): Promise<{ localId: string; canonicalId: string }[]> {
  return sql.query(
    `select s.local_id as "localId", x.canonical_id as "canonicalId" from nave.shadow s
     join nave.cross_reference x on x.entity = s.entity and x.system = s.system and x.local_id = s.local_id and x.is_primary
     where s.system = $1 and s.entity = $2 and s.known and not s.deleted and not exists (select 1 from nave.wish w
       where w.system = s.system and w.entity = s.entity and w.canonical_id = x.canonical_id)`,
    [system, entity],
  );
}

export async function countLive(sql: Sql, system: string, entity: string): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    "select count(*)::int as count from nave.shadow where system = $1 and entity = $2 and not deleted",
    [system, entity],
  );
  return row?.count ?? 0;
}

/** Numbers for observations about to be made: drawn before the request leaves, so that an older answer can be told. */
export async function drawObservationNumbers(sql: Sql, count: number): Promise<number[]> {
  const rows = await sql.query<{ number: number }>(
    "select nextval('nave.observation_number') as number from generate_series(1, $1::int)",
    [count],
  );
  return rows.map((row) => row.number);
}

/** One such number; a group draws all of its own at once. */
export const drawObservationNumber = batched("read", (sql, askers: readonly undefined[]) =>
  drawObservationNumbers(sql, askers.length),
);

export async function deleteShadow(sql: Sql, system: string, entity: string, localId: string): Promise<void> {
  await sql.query("delete from nave.shadow where system = $1 and entity = $2 and local_id = $3", [
    system,
    entity,
    localId,
  ]);
}
