import type { Json, JsonObject } from "../adapter-kit/contract.ts";
import type { FieldPath } from "../canonical/types.ts";
import { batched } from "./batching.ts";
import { json, type Sql } from "./database.ts";

/** A write that is about to be sent, is under way, or whose fate is unknown. */
export type Intent = {
  id: string;
  system: string;
  entity: string;
  canonicalId: string;
  kind: "create" | "update" | "archive";
  localId: string | null;
  /** What is sent, native. */
  request: JsonObject;
  /** Canonical fields that it carries, as sent; null: as absent. */
  sent: Record<FieldPath, Json>;
  wishRevision: number;
  state: "open" | "done" | "failed" | "in-doubt";
  claimedBy: string;
  /** How often the target has answered "not found" since its settle time passed. */
  probes: number;
  createdAt: Date;
};

const COLUMNS = `id, system, entity, canonical_id as "canonicalId", kind, local_id as "localId", request,
  sent, wish_revision as "wishRevision", state, claimed_by as "claimedBy", probes,
  created_at as "createdAt"`;

export type NewIntent = Omit<Intent, "state" | "probes" | "createdAt">;

/** How the story of the record tells what is sent; what that is says the intent. */
export type SentStory = {
  correlationId: string;
  messageId: string | null;
  text: string;
  /** What an update replaces, native. */
  before: JsonObject | null;
};

/**
 * Records what is about to be sent, and tells it.
 *
 * @param isJournalled  False: only tells it; without intents nothing can be found out after a crash.
 */
export async function insertIntents(
  sql: Sql,
  intents: readonly (NewIntent & SentStory)[],
  isJournalled: boolean,
): Promise<void> {
  if (intents.length === 0) return;
  await sql.query(
    `with i as (select * from jsonb_to_recordset($1::jsonb) as i(id uuid, system text, entity text, "canonicalId" uuid,
       kind text, "localId" text, request jsonb, sent jsonb, "wishRevision" integer, "claimedBy" text,
       "correlationId" uuid, "messageId" uuid, text text, before jsonb)),
     recorded as (
       insert into nave.intent (id, system, entity, canonical_id, kind, local_id, request, sent, wish_revision, state, claimed_by)
       select id, system, entity, "canonicalId", kind, "localId", request, sent, "wishRevision", 'open', "claimedBy"
       from i where $2)
     insert into nave.hop (correlation_id, message_id, entity, canonical_id, system, local_id, step, text, before, after)
     select "correlationId", "messageId", entity, "canonicalId", system, "localId", 'sent', text, before,
       case when kind <> 'archive' then request end from i`,
    [json(intents), isJournalled],
  );
}

/** Writes of these records that have not been settled, by canonical id. */
export async function selectUnsettledIntents(
  sql: Sql,
  system: string,
  entity: string,
  canonicalIds: readonly string[],
): Promise<Map<string, Intent>> {
  return unsettledOf(sql, { system, entity, canonicalIds });
}

type IntentsOf = { system: string; entity: string; canonicalIds: readonly string[] };

const unsettledOf = batched("read", async (sql, asked: readonly IntentsOf[]) => {
  const all = asked.flatMap(({ canonicalIds, ...where }) => canonicalIds.map((id) => ({ ...where, id })));
  const rows = await sql.query<Intent>(
    `select i.* from unnest($1::text[], $2::text[], $3::uuid[]) as k(system, entity, id)
     cross join lateral (select ${COLUMNS} from nave.intent where system = k.system and entity = k.entity
       and canonical_id = k.id and state in ('open', 'in-doubt') limit 1) i`,
    [all.map(({ system }) => system), all.map(({ entity }) => entity), all.map(({ id }) => id)],
  );
  return asked.map(({ system, entity, canonicalIds }) => {
    const ids = new Set(canonicalIds);
    const own = rows.filter(
      (row) => row.system === system && row.entity === entity && ids.has(row.canonicalId),
    );
    return new Map(own.map((row) => [row.canonicalId, row]));
  });
});

/** Creates under way in a system: what is new there may be the hub's own. */
export async function hasOpenCreates(sql: Sql, system: string, entity: string): Promise<boolean> {
  return openCreatesIn(sql, { system, entity });
}

const openCreatesIn = batched("read", async (sql, asked: readonly { system: string; entity: string }[]) => {
  const rows = await sql.query<{ system: string; entity: string }>(
    `select distinct system, entity from nave.intent
     where (system, entity) in (select * from unnest($1::text[], $2::text[]))
       and kind = 'create' and state in ('open', 'in-doubt')`,
    [asked.map(({ system }) => system), asked.map(({ entity }) => entity)],
  );
  return asked.map(({ system, entity }) =>
    rows.some((row) => row.system === system && row.entity === entity),
  );
});

export async function closeIntent(
  sql: Sql,
  id: string,
  state: "done" | "failed" | "in-doubt",
): Promise<void> {
  await sql.query(
    "update nave.intent set state = $2, closed_at = case when $2 = 'in-doubt' then null else now() end where id = $1",
    [id, state],
  );
}

/** Counts one more "not found" of the target. @returns how many there are. */
export async function countProbe(sql: Sql, id: string): Promise<number> {
  const [row] = await sql.query<{ probes: number }>(
    "update nave.intent set probes = probes + 1 where id = $1 returning probes",
    [id],
  );
  return row?.probes ?? 0;
}

export async function deleteClosedIntents(sql: Sql, days: number): Promise<void> {
  await sql.query("delete from nave.intent where closed_at < now() - $1::int * interval '1 day'", [days]);
}
