import type { JsonObject } from "../adapter-kit/contract.ts";
import { json, type Sql } from "./database.ts";

/** Records what a person (or a person's token) did. */
export async function insertAudit(
  sql: Sql,
  actor: string,
  action: string,
  detail: JsonObject,
): Promise<void> {
  await sql.query("insert into nave.audit (actor, action, detail) values ($1, $2, $3)", [
    actor,
    action,
    json(detail),
  ]);
}

/** How far back security events are counted. */
export const SECURITY_EVENTS_WITHIN_MINUTES = 15;
/** The table has no index on time, and needs none: its ids grow with it. */
const NEWEST_ENTRIES = 10_000;

const SECURITY_ACTIONS = {
  "login refused": "login-refused",
  "login throttled": "login-throttled",
  "account added": "account-added",
  "account removed": "account-removed",
  "password changed": "password-changed",
  "admin password changed": "admin-password-changed",
  "store restored": "store-restored",
} as const;

export type SecurityEvent = (typeof SECURITY_ACTIONS)[keyof typeof SECURITY_ACTIONS];

/** How often each happened lately; none is left out. */
export async function selectSecurityEvents(
  sql: Sql,
  withinMinutes: number,
): Promise<Record<SecurityEvent, number>> {
  const rows = await sql.query<{ action: keyof typeof SECURITY_ACTIONS; count: number }>(
    `select case when action = 'password changed' and exists (select 1 from nave.account a
         where a.name = detail->>'name' and a.role = 'admin') then 'admin password changed' else action end as action,
       count(*)::int as count
     from nave.audit where id > (select coalesce(max(id), 0) - $3::int from nave.audit)
       and at > now() - $1::int * interval '1 minute' and action = any($2::text[]) group by 1`,
    [withinMinutes, Object.keys(SECURITY_ACTIONS), NEWEST_ENTRIES],
  );
  const counts = new Map(rows.map(({ action, count }) => [action, count]));
  const events = Object.entries(SECURITY_ACTIONS).map(([action, event]) => [
    event,
    counts.get(action as keyof typeof SECURITY_ACTIONS) ?? 0,
  ]);
  return Object.fromEntries(events) as Record<SecurityEvent, number>;
}
