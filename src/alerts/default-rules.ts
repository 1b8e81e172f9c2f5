import type { AlertRule } from "./rule.ts";

type DefaultRule = Pick<AlertRule, "metric" | "severity" | "text"> &
  Partial<Pick<AlertRule, "labels" | "above" | "below" | "forMs" | "repeatEveryMs" | "tellResolved">>;

const MINUTE_MS = 60_000;
/** Something happened, once; that it is over says nothing. */
const EVENT = { above: 0, tellResolved: false, repeatEveryMs: 0 } as const;

/** In force unless the configuration changes or switches them off, by their names; docs/operations.md says what to do. */
export const DEFAULT_RULES: Readonly<Record<string, DefaultRule>> = {
  "dead-letters": {
    metric: "nave_dead_letters",
    above: 0,
    severity: "warning",
    text: "records need a person",
  },
  "in-doubt": {
    metric: "nave_in_doubt",
    above: 0,
    severity: "critical",
    text: "nobody knows whether a write happened",
  },
  "loop-stopped": {
    metric: "nave_loops_stopped",
    above: 0,
    severity: "critical",
    text: "somebody sets back what the hub writes: the record is parked",
  },
  "oldest-wish": {
    metric: "nave_oldest_wish_age_seconds",
    above: 900,
    severity: "warning",
    text: "a change has not reached the system for too long",
  },
  "scan-late": {
    metric: "nave_scan_age_seconds",
    above: 900,
    severity: "warning",
    text: "the system has not been read to the end for too long",
  },
  "circuit-open": {
    metric: "nave_circuit_open",
    above: 0,
    forMs: 5 * MINUTE_MS,
    severity: "critical",
    text: "the system does not answer, or refuses the credentials",
  },
  drift: {
    metric: "nave_drift_findings",
    above: 0,
    forMs: 15 * MINUTE_MS,
    severity: "warning",
    text: "the last comparison found differences",
  },
  "clock-skew-ahead": {
    metric: "nave_clock_skew_seconds",
    above: 30,
    forMs: MINUTE_MS,
    severity: "warning",
    text: "the system's clock is ahead",
  },
  "clock-skew-behind": {
    metric: "nave_clock_skew_seconds",
    below: -30,
    forMs: MINUTE_MS,
    severity: "warning",
    text: "the system's clock is behind",
  },
  "mass-delete": {
    metric: "nave_delete_holds",
    above: 0,
    severity: "critical",
    text: "many records vanished at once: nothing is deleted until a person decides",
  },
  "messages-held": {
    metric: "nave_messages_held",
    above: 0,
    forMs: 5 * MINUTE_MS,
    severity: "warning",
    text: "no live flow takes these messages",
  },
  "event-loop": {
    metric: "nave_event_loop_lag_seconds",
    labels: { quantile: "p99" },
    above: 1,
    forMs: MINUTE_MS,
    severity: "warning",
    text: "the process answers late: something holds its event loop",
  },
  "logins-throttled": {
    metric: "nave_security_events",
    labels: { event: "login-throttled" },
    severity: "warning",
    text: "somebody tries passwords and has to wait",
    ...EVENT,
  },
  "account-added": {
    metric: "nave_security_events",
    labels: { event: "account-added" },
    severity: "info",
    text: "an account was added",
    ...EVENT,
  },
  "account-removed": {
    metric: "nave_security_events",
    labels: { event: "account-removed" },
    severity: "info",
    text: "an account was removed",
    ...EVENT,
  },
  "password-changed": {
    metric: "nave_security_events",
    labels: { event: "password-changed" },
    severity: "info",
    text: "a password was changed",
    ...EVENT,
  },
  "admin-password-changed": {
    metric: "nave_security_events",
    labels: { event: "admin-password-changed" },
    severity: "warning",
    text: "the password of an admin was changed",
    ...EVENT,
  },
  "store-restored": {
    metric: "nave_security_events",
    labels: { event: "store-restored" },
    severity: "critical",
    text: "the store is older than its last use",
    ...EVENT,
  },
};
