import type { Sql } from "./database.ts";

/** A record that is to be read again soon. */
export type Hint = { system: string; entity: string; localId: string };
/** When it was last hinted at, to the microsecond: what is hinted at again while it is read is read once more. */
export type NotedHint = Hint & { notedAt: string };

export async function noteHints(sql: Sql, hints: readonly Hint[]): Promise<void> {
  await sql.query(
    `insert into nave.hint (system, entity, local_id)
     select distinct * from unnest($1::text[], $2::text[], $3::text[])
     on conflict (system, entity, local_id) do update set noted_at = clock_timestamp()`,
    [
      hints.map(({ system }) => system),
      hints.map(({ entity }) => entity),
      hints.map(({ localId }) => localId),
    ],
  );
}

/** The oldest first. */
export async function selectHints(sql: Sql, system: string, limit: number): Promise<NotedHint[]> {
  return sql.query<NotedHint>(
    `select system, entity, local_id as "localId", noted_at::text as "notedAt" from nave.hint
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
