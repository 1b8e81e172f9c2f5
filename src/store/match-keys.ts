import { randomUUID } from "node:crypto";
import { json, type Sql } from "./database.ts";

export type KeyValue = { kind: string; value: string };

/** Locks natural keys until the transaction ends, in sorted order, so that two first imports of one thing meet. */
export async function lockNaturalKeys(sql: Sql, entity: string, keys: readonly KeyValue[]): Promise<void> {
  const names = [...new Set(keys.map((key) => `${entity}/${key.kind}/${key.value}`))].sort();
  if (names.length === 0) return;
  await sql.query("select pg_advisory_xact_lock(hashtextextended(name, 0)) from unnest($1::text[]) as name", [
    names,
  ]);
}

/** Canonical records that share a blocking key with each of some records, in their order. Merged-away ones have no keys. */
export async function findCandidates(
  sql: Sql,
  entity: string,
  keysOfEach: readonly (readonly KeyValue[])[],
  limit: number,
): Promise<string[][]> {
  const keys = keysOfEach.flatMap((own, index) => own.map((key) => ({ index, ...key })));
  const found = keysOfEach.map((): string[] => []);
  if (keys.length === 0) return found;
  const rows = await sql.query<{ index: number; id: string }>(
    `select distinct k.index, m.canonical_id as id from unnest($2::int[], $3::text[], $4::text[]) as k(index, kind, value)
     cross join lateral (select canonical_id from nave.match_key
       where entity = $1 and kind = k.kind and value = k.value limit $5) m`,
    [
      entity,
      keys.map(({ index }) => index),
      keys.map(({ kind }) => kind),
      keys.map(({ value }) => value),
      limit,
    ],
  );
  for (const { index, id } of rows) found[index]?.push(id);
  return found.map((ids) => ids.slice(0, limit));
}

export async function replaceMatchKeys(
  sql: Sql,
  entity: string,
  canonicalId: string,
  keys: readonly KeyValue[],
): Promise<void> {
  await sql.query(
    `with wanted as (select distinct kind, value from jsonb_to_recordset($3::jsonb) as k(kind text, value text)),
     gone as (delete from nave.match_key where entity = $1 and canonical_id = $2
       and (kind, value) not in (select kind, value from wanted))
     insert into nave.match_key (entity, kind, value, canonical_id)
     select $1, kind, value, $2 from wanted on conflict do nothing`,
    [entity, canonicalId, json(keys)],
  );
}

export type Review = {
  id: string;
  entity: string;
  system: string;
  localId: string;
  messageId: string;
  candidateId: string;
  score: number;
  reasons: string[];
  blocking: boolean;
  decision: "open" | "same" | "different";
};

const REVIEW_COLUMNS = `id, entity, system, local_id as "localId", message_id as "messageId", candidate_id as "candidateId",
  score, reasons, blocking, decision`;

/** Decisions taken about a native record, and those still open. */
export async function selectReviews(
  sql: Sql,
  entity: string,
  system: string,
  localId: string,
): Promise<Review[]> {
  return sql.query<Review>(
    `select ${REVIEW_COLUMNS} from nave.match_review where entity = $1 and system = $2 and local_id = $3`,
    [entity, system, localId],
  );
}

export async function insertReview(sql: Sql, review: Omit<Review, "id" | "decision">): Promise<void> {
  await sql.query(
    `insert into nave.match_review (id, entity, system, local_id, message_id, candidate_id, score, reasons, blocking, decision)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open')
     on conflict (entity, system, local_id, candidate_id) do update set score = excluded.score,
       reasons = excluded.reasons, message_id = excluded.message_id`,
    [
      randomUUID(),
      review.entity,
      review.system,
      review.localId,
      review.messageId,
      review.candidateId,
      review.score,
      json(review.reasons),
      review.blocking,
    ],
  );
}

export async function listOpenReviews(sql: Sql, limit: number): Promise<Review[]> {
  return sql.query<Review>(
    `select ${REVIEW_COLUMNS} from nave.match_review where decision = 'open' order by created_at limit $1`,
    [limit],
  );
}

export async function decideReview(
  sql: Sql,
  id: string,
  decision: "same" | "different",
  decidedBy: string,
): Promise<Review | undefined> {
  const [row] = await sql.query<Review>(
    `update nave.match_review set decision = $2, decided_by = $3, decided_at = now() where id = $1 and decision = 'open'
     returning ${REVIEW_COLUMNS}`,
    [id, decision, decidedBy],
  );
  return row;
}

/** A record has been recognised without a person: what was asked about it is answered. @returns the candidates asked about. */
export async function closeReviews(
  sql: Sql,
  entity: string,
  system: string,
  localId: string,
  canonicalId: string,
): Promise<string[]> {
  const rows = await sql.query<{ candidateId: string }>(
    `update nave.match_review set decision = case when candidate_id = $4 then 'same' else 'different' end,
       decided_by = 'matching', decided_at = now()
     where entity = $1 and system = $2 and local_id = $3 and decision = 'open' and blocking
     returning candidate_id as "candidateId"`,
    [entity, system, localId, canonicalId],
  );
  return rows.map((row) => row.candidateId);
}
