import { randomUUID } from "node:crypto";
import { batched, holdInGroup } from "./batching.ts";
import { json, type Sql } from "./database.ts";
import { replaceKeysIn } from "./replace-keys.ts";

export type KeyValue = { kind: string; value: string };

/** Locks natural keys until the transaction ends, in sorted order, so that two first imports of one thing meet. */
export async function lockNaturalKeys(sql: Sql, entity: string, keys: readonly KeyValue[]): Promise<void> {
  const names = [...new Set(keys.map((key) => `${entity}/${key.kind}/${key.value}`))].sort();
  if (names.length === 0) return;
  await holdInGroup(sql, names);
  await lockNames(sql, names);
}

const lockNames = batched("read", async (sql, asked: readonly (readonly string[])[]) => {
  await sql.query("select pg_advisory_xact_lock(hashtextextended(name, 0)) from unnest($1::text[]) as name", [
    [...new Set(asked.flat())].sort(),
  ]);
  return asked.map(() => undefined);
});

/** Canonical records that share one of these keys. */
export async function findCandidatesOf(
  sql: Sql,
  entity: string,
  keys: readonly KeyValue[],
  limit: number,
): Promise<string[]> {
  return candidatesOf(sql, { entity, keys, limit });
}

type Wanted = { entity: string; keys: readonly KeyValue[]; limit: number };

const candidatesOf = batched("read", async (sql, wanted: readonly Wanted[]) => {
  const found = wanted.map((): string[] => []);
  for (const [entity, group] of Map.groupBy(wanted.entries(), ([, one]) => one.entity)) {
    const limit = Math.max(...group.map(([, one]) => one.limit));
    const keysOfEach = group.map(([, one]) => one.keys);
    const candidates = await findCandidates(sql, entity, keysOfEach, limit);
    for (const [at, [index, one]] of group.entries())
      found[index] = (candidates[at] ?? []).slice(0, one.limit);
  }
  return found;
});

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

/** Makes a canonical record a candidate for those that share one of these keys, and no others. */
export const replaceMatchKeys = replaceKeysIn("match_key");

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
  return reviewsOf(sql, { entity, system, localId });
}

const reviewsOf = batched(
  "read",
  async (sql, keys: readonly Pick<Review, "entity" | "system" | "localId">[]) => {
    const rows = await sql.query<Review>(
      `select ${REVIEW_COLUMNS} from nave.match_review
     where (entity, system, local_id) in (select * from unnest($1::text[], $2::text[], $3::text[]))`,
      [
        keys.map(({ entity }) => entity),
        keys.map(({ system }) => system),
        keys.map(({ localId }) => localId),
      ],
    );
    return keys.map(({ entity, system, localId }) =>
      rows.filter((row) => row.entity === entity && row.system === system && row.localId === localId),
    );
  },
);

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
