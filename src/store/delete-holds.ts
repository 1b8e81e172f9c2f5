import { randomUUID } from "node:crypto";
import { json, type Sql } from "./database.ts";

/** A question to a person: more records of a system vanished at once than the brake allows. */
export type DeleteHold = {
  id: string;
  system: string;
  entity: string;
  localIds: string[];
  /** How many records the hub knew there before. */
  known: number;
  createdAt: Date;
};

const COLUMNS = `id, system, entity, local_ids as "localIds", known, created_at as "createdAt"`;

/** Opens the question, or brings the open one up to date. */
export async function holdDeletes(
  sql: Sql,
  system: string,
  entity: string,
  localIds: readonly string[],
  known: number,
): Promise<void> {
  await sql.query(
    `insert into nave.delete_hold (id, system, entity, local_ids, known, decision) values ($1, $2, $3, $4, $5, 'open')
     on conflict (system, entity) where decision = 'open' do update set local_ids = excluded.local_ids, known = excluded.known`,
    [randomUUID(), system, entity, json(localIds), known],
  );
}

/** Nothing is missing any more: the question answers itself. */
export async function withdrawDeleteHold(sql: Sql, system: string, entity: string): Promise<void> {
  await sql.query(
    `update nave.delete_hold set decision = 'dismissed', decided_by = 'the source shows them again', decided_at = now()
     where system = $1 and entity = $2 and decision = 'open'`,
    [system, entity],
  );
}

export async function listDeleteHolds(sql: Sql): Promise<DeleteHold[]> {
  return sql.query<DeleteHold>(
    `select ${COLUMNS} from nave.delete_hold where decision = 'open' order by created_at`,
  );
}

export async function decideDeleteHold(
  sql: Sql,
  id: string,
  decision: "confirmed" | "dismissed",
  by: string,
): Promise<DeleteHold | undefined> {
  const [row] = await sql.query<DeleteHold>(
    `update nave.delete_hold set decision = $2, decided_by = $3, decided_at = now()
     where id::text = $1 and decision = 'open' returning ${COLUMNS}`,
    [id, decision, by],
  );
  return row;
}
