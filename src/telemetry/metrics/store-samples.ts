import { SECURITY_EVENTS_WITHIN_MINUTES, selectSecurityEvents } from "../../store/audit.ts";
import type { Sql } from "../../store/database.ts";
import { DEAD_AFTER_MS } from "../../store/workers.ts";
import type { Labels, MetricName, Sample } from "./families.ts";

type Row = { labels: Labels; value: number };

/**
 * What the store knows, as gauges. Each statement reads what is unfinished, by the indexes that the hub's own work uses, or a
 * table that stays small: none reads all records or messages of a large store.
 */
export async function readStore(sql: Sql): Promise<Sample[]> {
  const statements = Object.entries(STATEMENTS) as [MetricName, string][];
  const read = statements.map(async ([name, statement]) => {
    const rows = await sql.query<Row>(statement);
    return rows.map(({ labels, value }): Sample => ({ name, labels, value }));
  });
  const [security, ...samples] = await Promise.all([readSecurity(sql), ...read]);
  return [...samples.flat(), ...security];
}

const RECORD = "'system', coalesce(system, ''), 'entity', coalesce(entity, '')";
const age = (since: string) => `extract(epoch from clock_timestamp() - ${since})::float8`;
/** The newest full comparison of each entity. */
const COMPARISON = `(select distinct on (system, entity) system, entity, finished_at, missing + extra + different as differences
  from nave.reconciliation where finished_at is not null and depth = 'full' order by system, entity, finished_at desc) r`;

const STATEMENTS = {
  nave_messages: `select jsonb_build_object(${RECORD}, 'state', state) as labels, count(*)::float8 as value from nave.message
    where state in ('accepted', 'waiting', 'parked') group by state, system, entity`,
  nave_messages_held: `select jsonb_build_object('entity', coalesce(entity, '')) as labels, count(*)::float8 as value
    from nave.message where state = 'accepted' and published_at is null and error->>'code' = 'NAVE_FLOW_AWAY' group by entity`,
  nave_wishes: `select jsonb_build_object(${RECORD}, 'state', state) as labels, count(*)::float8 as value from nave.wish
    where state <> 'met' group by state, system, entity`,
  nave_oldest_wish_age_seconds: `select jsonb_build_object(${RECORD}) as labels, ${age("min(updated_at)")} as value
    from nave.wish where state in ('open', 'waiting') and system in (select system from nave.system_state
      where paused_by is null and not read_only and not shadow_mode) group by system, entity`,
  nave_commands: `select jsonb_build_object('system', system) as labels, count(*)::float8 as value from nave.command
    where state in ('queued', 'sent') group by system`,
  nave_waits: `select jsonb_build_object('kind', kind) as labels, count(*)::float8 as value from nave.wait
    where state = 'open' and kind <> 'schedule' group by kind`,
  nave_dead_letters: `select jsonb_build_object(${RECORD}, 'code', code) as labels, count(*)::float8 as value
    from nave.dead_letter where state = 'open' group by system, entity, code`,
  nave_in_doubt: `select jsonb_build_object(${RECORD}) as labels, count(*)::float8 as value from nave.dead_letter
    where state = 'open' and code = 'NAVE_WRITE_IN_DOUBT' group by system, entity`,
  nave_loops_stopped: `select jsonb_build_object(${RECORD}) as labels, count(*)::float8 as value from nave.dead_letter
    where state = 'open' and detail->>'alarm' = 'loop' group by system, entity`,
  nave_conflicts: `select jsonb_build_object('entity', entity) as labels, count(*)::float8 as value from nave.conflict
    where decision = 'open' group by entity`,
  nave_match_reviews: `select jsonb_build_object('entity', entity) as labels, count(*)::float8 as value
    from nave.match_review where decision = 'open' group by entity`,
  nave_delete_holds: `select jsonb_build_object(${RECORD}) as labels, count(*)::float8 as value from nave.delete_hold
    where decision = 'open' group by system, entity`,
  nave_scan_age_seconds: `select jsonb_build_object(${RECORD}) as labels, ${age("scanned_at")} as value from nave.checkpoint
    where scanned_at is not null`,
  nave_drift_findings: `select jsonb_build_object(${RECORD}) as labels, differences::float8 as value from ${COMPARISON}`,
  nave_comparison_age_seconds: `select jsonb_build_object(${RECORD}) as labels, ${age("finished_at")} as value
    from ${COMPARISON}`,
  nave_circuit_open: `select jsonb_build_object('system', system) as labels, (failures > 0)::int::float8 as value
    from nave.system_state`,
  nave_system_failures: `select jsonb_build_object('system', system) as labels, failures::float8 as value
    from nave.system_state`,
  nave_system_mode: `select jsonb_build_object('system', system, 'mode', mode) as labels, is_on::int::float8 as value
    from nave.system_state cross join lateral (values ('paused', paused_by is not null), ('read-only', read_only),
      ('shadow', shadow_mode), ('recovery', recovery_since is not null)) m(mode, is_on)`,
  nave_clock_skew_seconds: `select jsonb_build_object('system', system) as labels, clock_skew_ms / 1000.0::float8 as value
    from nave.system_state where clock_skew_ms is not null`,
  nave_workers: `select '{}'::jsonb as labels, count(*)::float8 as value from nave.worker
    where seen_at > now() - interval '${DEAD_AFTER_MS} milliseconds'`,
  nave_store_rows: `select jsonb_build_object('table', c.relname) as labels, c.reltuples::float8 as value
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'nave' and c.reltuples >= 0
      and c.relname in ('message', 'hop', 'shadow', 'wish', 'canonical_record', 'business_key', 'audit')`,
} satisfies Partial<Record<MetricName, string>>;

async function readSecurity(sql: Sql): Promise<Sample[]> {
  const events = await selectSecurityEvents(sql, SECURITY_EVENTS_WITHIN_MINUTES);
  return Object.entries(events).map(([event, value]) => ({
    name: "nave_security_events",
    labels: { event },
    value,
  }));
}
