import type { Sql } from "../../src/store/database.ts";
import type { Star } from "../core/hub/star.ts";

/** For whoever looks into a fault ("customer C-7 note: ..."): what the hub knows of the record, line by line. */
export function storiesOf({ running }: Star, faults: readonly string[]): Promise<string[]> {
  return storiesIn(running.hub.db, faults);
}

/** The same from a store that no hub of this process works on. */
export async function storiesIn(sql: Sql, faults: readonly string[]): Promise<string[]> {
  const records = new Set(faults.flatMap((fault) => /^(customer|order) (\S+)/.exec(fault)?.[0] ?? []));
  const lines: string[] = [];
  for (const record of records) {
    const [entity = "", number = ""] = record.split(" ");
    lines.push(`story of ${record}:`, ...(await storyOf(sql, entity, number.toLowerCase())));
  }
  return lines;
}

const RECORDS = "(select entity, canonical_id from nave.business_key where entity = $1 and value = $2)";

async function storyOf(sql: Sql, entity: string, number: string): Promise<string[]> {
  const rows = await sql.query<{ line: string }>(
    `with observed as (select m.* from nave.message m join nave.cross_reference x using (system, entity, local_id)
       where (x.entity, x.canonical_id) in ${RECORDS})
     select line from (
       select at as moment, 1 as rank, format('%s hop %s %s: %s %s -> %s', at, step, system, text, before, after) as line
         from nave.hop where (entity, canonical_id) in ${RECORDS} or message_id in (select id from observed)
       union all select created_at, 0, format('%s message %s %s number %s, %s', created_at, id, state, observation_number, native)
         from observed
       union all select created_at, 0, format('%s intent %s %s by %s, closed %s, sent %s', created_at, system, state, claimed_by, closed_at, sent)
         from nave.intent where (entity, canonical_id) in ${RECORDS}
       union all select created_at, 2, format('%s conflict %s %s: offered %s, kept %s, base %s, %s by %s', created_at, system, path,
         offered, kept, base, decision, rule) from nave.conflict where (entity, canonical_id) in ${RECORDS}
       union all select now(), 3, format('shadow %s number %s, known %s: %s, written %s', s.system, s.observation_number, s.known,
         s.canonical, s.written) from nave.shadow s join nave.cross_reference x using (system, entity, local_id)
         where (x.entity, x.canonical_id) in ${RECORDS}
       union all select now(), 4, format('wish %s %s version %s: %s', system, state, canonical_version, body)
         from nave.wish where (entity, canonical_id) in ${RECORDS}
     ) as story order by moment, rank`,
    [entity, number],
  );
  return rows.map(({ line }) => `  ${line}`);
}
