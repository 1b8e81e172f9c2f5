import type { Sql } from "./database.ts";

/**
 * The process died over this message at that moment; told twice, it counts once.
 *
 * @returns how often it has died over it by now; undefined when the message is not under way, or this death was counted before.
 */
export async function countDeathOf(sql: Sql, messageId: string, at: string): Promise<number | undefined> {
  const [row] = await sql.query<{ deaths: number }>(
    `update nave.message set deaths = deaths + 1, died_at = $2::timestamptz
     where id = $1 and state in ('accepted', 'waiting') and died_at is distinct from $2::timestamptz returning deaths`,
    [messageId, at],
  );
  return row?.deaths;
}
