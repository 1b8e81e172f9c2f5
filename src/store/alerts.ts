import type { Labels } from "../telemetry/metrics/families.ts";
import { json, type Sql } from "./database.ts";

/** One number that is at fault by one rule. */
export type Alert = {
  rule: string;
  labels: Labels;
  metric: string;
  value: number;
  since: Date;
  /** Null: not at fault for long enough yet. */
  firedAt: Date | null;
  toldAt: Date | null;
};
export type AtFault = Pick<Alert, "rule" | "labels" | "metric" | "value">;
type AlertKey = Pick<Alert, "rule" | "labels">;

const COLUMNS = `rule, labels, metric, value, since, fired_at as "firedAt", told_at as "toldAt"`;

/** Those that are told, newest first. */
export async function selectFiring(sql: Sql): Promise<Alert[]> {
  return sql.query<Alert>(
    `select ${COLUMNS} from nave.alert where fired_at is not null order by fired_at desc, rule, labels::text`,
  );
}

/** Notes what is at fault now; since when stays as it was. */
export async function upsertAlerts(sql: Sql, atFault: readonly AtFault[]): Promise<Alert[]> {
  return sql.query<Alert>(
    `insert into nave.alert (rule, labels, metric, value)
     select rule, labels, metric, value from jsonb_to_recordset($1::jsonb)
       as a(rule text, labels jsonb, metric text, value double precision)
     on conflict (rule, labels) do update set value = excluded.value, metric = excluded.metric
     returning ${COLUMNS}`,
    [json(atFault)],
  );
}

/** Takes away what is not at fault any more. @returns what was taken away. */
export async function deleteOtherAlerts(sql: Sql, atFault: readonly AlertKey[]): Promise<Alert[]> {
  return sql.query<Alert>(
    `delete from nave.alert a where not exists (select 1 from jsonb_to_recordset($1::jsonb) as k(rule text, labels jsonb)
       where k.rule = a.rule and k.labels = a.labels) returning ${COLUMNS}`,
    [json(atFault)],
  );
}

/**
 * It is told now. Compared are milliseconds, for a Date has no more: microseconds would never be the same again.
 *
 * @returns false when somebody else has told it since it was read.
 */
export async function markTold(sql: Sql, { rule, labels, toldAt }: Alert): Promise<boolean> {
  const rows = await sql.query(
    `update nave.alert set fired_at = coalesce(fired_at, now()), told_at = now()
     where rule = $1 and labels = $2::jsonb and date_trunc('milliseconds', told_at) is not distinct from $3::timestamptz
     returning 1`,
    [rule, json(labels), toldAt === null ? null : toldAt.toISOString()],
  );
  return rows.length > 0;
}
