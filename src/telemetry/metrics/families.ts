export type FamilyKind = "counter" | "gauge";
export type Family = { kind: FamilyKind; help: string; labels: readonly string[] };

const RECORDS = ["system", "entity"] as const;

/**
 * Every metric of the hub. Counters are those of one process since its start; gauges that stand in the store are the same from
 * every hub on it. Names and labels are kept to, for dashboards and alert rules are written against them.
 */
export const FAMILIES = {
  nave_build_info: gauge("Always 1; which version runs here.", ["version"]),
  nave_records_accepted_total: counter("Records taken in as news, by polls, web hooks and pushes.", RECORDS),
  nave_records_refused_total: counter(
    "Records taken in that broke their mapping or schema: parked alone.",
    RECORDS,
  ),
  nave_records_written_total: counter("Records that a system has taken from the hub.", RECORDS),
  nave_retries_total: counter(
    "Work that failed and is tried again; work: write (to the system), or flow (of what came from it).",
    [...RECORDS, "work"],
  ),
  nave_flow_messages_total: counter("Attempts of messages that went through a flow, by how they ended.", [
    "flow",
    "outcome",
  ]),
  nave_messages: gauge("Messages that are not settled: accepted, waiting for something, parked.", [
    ...RECORDS,
    "state",
  ]),
  nave_messages_held: gauge("Messages that no live flow takes: held until one does.", ["entity"]),
  nave_wishes: gauge("Wishes that are not met: open, waiting, parked, in-doubt.", [...RECORDS, "state"]),
  nave_oldest_wish_age_seconds: gauge(
    "How long the oldest wish has stood open that may be written now: of systems that are paused, read-only or in shadow mode, none counts.",
    RECORDS,
  ),
  nave_commands: gauge("Commands of flows that are queued or sent.", ["system"]),
  nave_waits: gauge("What waits in flows, by kind: collect, deadline, approve, undo.", ["kind"]),
  nave_dead_letters: gauge("Open dead letters: work that needs a person.", [...RECORDS, "code"]),
  nave_in_doubt: gauge("Writes and commands of which nobody knows whether they happened.", RECORDS),
  nave_loops_stopped: gauge(
    "Records that were written so often within a minute that the hub has parked them.",
    RECORDS,
  ),
  nave_conflicts: gauge("Conflicts that a person has to decide.", ["entity"]),
  nave_match_reviews: gauge("Pairs of records of which a person has to say whether they are the same.", [
    "entity",
  ]),
  nave_delete_holds: gauge("Mass deletes that were stopped for a person.", RECORDS),
  nave_scan_age_seconds: gauge(
    "Time since the last complete scan: how far behind its source the hub may be.",
    RECORDS,
  ),
  nave_drift_findings: gauge("Differences that the last full comparison found.", RECORDS),
  nave_comparison_age_seconds: gauge("Time since the last full comparison.", RECORDS),
  nave_circuit_open: gauge(
    "1 while a system is not asked because it did not answer or refused the credentials.",
    ["system"],
  ),
  nave_system_failures: gauge("Failures of a system in a row.", ["system"]),
  nave_system_mode: gauge("1 for the mode that a system is in: paused, read-only, shadow, recovery.", [
    "system",
    "mode",
  ]),
  nave_clock_skew_seconds: gauge("The system's clock minus the hub's, as last measured.", ["system"]),
  nave_workers: gauge("Hub processes on this store that give signs of life.", []),
  nave_store_rows: gauge("Rows of the larger tables, as the database estimates them.", ["table"]),
  nave_security_events: gauge(
    "Entries of the audit within the last 15 minutes, by event: login-refused, login-throttled, account-added, account-removed, password-changed, admin-password-changed, store-restored.",
    ["event"],
  ),
  nave_readings_age_seconds: gauge("How old the numbers are that were read from the store.", []),
  nave_store_up: gauge("1 if the store answered when it was last read.", []),
  nave_event_loop_lag_seconds: gauge(
    "How much longer the event loop took than it should, within the last readings: mean, p99 and max.",
    ["quantile"],
  ),
  nave_process_resident_memory_bytes: gauge("Memory of the process.", []),
  nave_process_heap_used_bytes: gauge("Memory of the process that its JavaScript uses.", []),
  nave_process_cpu_seconds_total: counter("Processor time of the process, user and system.", []),
  nave_process_start_time_seconds: gauge("When the process was started, in seconds since 1970.", []),
} as const satisfies Record<string, Family>;

export type MetricName = keyof typeof FAMILIES;
export const METRIC_NAMES = Object.keys(FAMILIES) as MetricName[];

export type Labels = Readonly<Record<string, string>>;
export type Sample = { name: MetricName; labels: Labels; value: number };

function counter(help: string, labels: readonly string[]): Family {
  return { kind: "counter", help, labels };
}

function gauge(help: string, labels: readonly string[]): Family {
  return { kind: "gauge", help, labels };
}
