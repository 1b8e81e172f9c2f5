import type { Sql } from "./database.ts";

/** A record that is to be read again soon. */
/** `traceparent`: of whoever hinted at it, where a trace had been begun. */
export type Hint = { system: string; entity: string; localId: string; traceparent?: string };
/** When it was last hinted at, to the microsecond: what is hinted at again while it is read is read once more. */
export type NotedHint = Omit<Hint, "traceparent"> & { notedAt: string; traceparent: string | null };

export async function noteHints(sql: Sql, hints: readonly Hint[]): Promise<void> {
  await sql.query(
    `insert into nave.hint (system, entity, local_id, traceparent)
     select distinct on (1, 2, 3) * from unnest($1::text[], $2::text[], $3::text[], $4::text[])
     on conflict (system, entity, local_id) do update set noted_at = clock_timestamp(), traceparent = excluded.traceparent`,
    [
      hints.map(({ system }) => system),
      hints.map(({ entity }) => entity),
      hints.map(({ localId }) => localId),
      hints.map(({ traceparent }) => traceparent ?? null),
    ],
  );
}

/** The oldest first. */
export async function selectHints(sql: Sql, system: string, limit: number): Promise<NotedHint[]> {
  return sql.query<NotedHint>(
    `select system, entity, local_id as "localId", noted_at::text as "notedAt", traceparent from nave.hint
     where system = $1 order by noted_at limit $2`,
    [system, limit],
  );
}

/** They have been read; not those that were hinted at again since. */
export async function deleteHints(sql: Sql, hints: readonly NotedHint[]): Promise<void> {
  await sql.query(
    `delete from nave.hint where (system, entity, local_id, noted_at) in (
       select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]))`,
    [
      hints.map(({ system }) => system),
      hints.map(({ entity }) => entity),
      hints.map(({ localId }) => localId),
      hints.map(({ notedAt }) => notedAt),
    ],
  );
}
