import { randomUUID } from "node:crypto";
import type { JsonObject } from "../adapter-kit/contract.ts";
import { json, type Sql } from "./database.ts";

/** Work that needs a person. `subject` names what is parked: `message:<id>`, `wish:<system>/<entity>/<canonical id>`, `command:<id>`. */
export type DeadLetter = {
  id: string;
  subject: string;
  system: string | null;
  /** Null: of no entity, as what a schedule started. */
  entity: string | null;
  canonicalId: string | null;
  localId: string | null;
  code: string;
  text: string;
  /** Record, field, value, what is accepted, where to correct it. */
  detail: JsonObject;
  owner: string;
  state: "open" | "retried" | "dropped" | "healed";
  createdAt: Date;
};

const COLUMNS = `id, subject, system, entity, canonical_id as "canonicalId", local_id as "localId", code, text, detail, owner,
  state, created_at as "createdAt"`;

export type NewDeadLetter = Omit<DeadLetter, "id" | "state" | "createdAt">;

/** Opens a dead letter, or brings the open one of the same subject up to date. */
export async function openDeadLetter(sql: Sql, letter: NewDeadLetter): Promise<void> {
  await sql.query(
    `insert into nave.dead_letter (id, subject, system, entity, canonical_id, local_id, code, text, detail, owner, state)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open')
     on conflict (subject) where state = 'open' do update set code = excluded.code, text = excluded.text,
       detail = excluded.detail, owner = excluded.owner, created_at = now()`,
    [
      randomUUID(),
      letter.subject,
      letter.system,
      letter.entity,
      letter.canonicalId,
      letter.localId,
      letter.code,
      letter.text,
      json(letter.detail),
      letter.owner,
    ],
  );
}

/** Closes the open dead letters of these subjects. @returns how many there were. */
export async function closeDeadLetters(
  sql: Sql,
  subjects: readonly string[],
  state: "retried" | "dropped" | "healed",
  closedBy: string,
): Promise<number> {
  if (subjects.length === 0) return 0;
  const rows = await sql.query(
    `update nave.dead_letter set state = $2, closed_at = now(), closed_by = $3
     where subject = any($1::text[]) and state = 'open' returning 1`,
    [subjects, state, closedBy],
  );
  return rows.length;
}

export async function listDeadLetters(sql: Sql, limit: number): Promise<DeadLetter[]> {
  return sql.query<DeadLetter>(
    `select ${COLUMNS} from nave.dead_letter where state = 'open' order by created_at desc limit $1`,
    [limit],
  );
}

export async function readDeadLetter(sql: Sql, id: string): Promise<DeadLetter | undefined> {
  const [row] = await sql.query<DeadLetter>(
    `select ${COLUMNS} from nave.dead_letter where id::text like $1 || '%'`,
    [id],
  );
  return row;
}
