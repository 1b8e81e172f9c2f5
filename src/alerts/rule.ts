import type { Labels, MetricName } from "../telemetry/metrics/families.ts";

/** Where an alert is told: an address, a web hook of `notifications.hooks`, or the page. */
export type AlertTarget = { mail: string } | { hook: string } | { page: string };
export type Severity = "critical" | "warning" | "info";

/** When somebody is told of a number, and whom; every default filled in. */
export type AlertRule = {
  name: string;
  metric: MetricName;
  /** Only of samples with these labels; each sample is an alert of its own. */
  labels: Labels;
  /** The number is at fault above this, or below that; never both. */
  above?: number;
  below?: number;
  /** Only after it has been at fault for so long. */
  forMs: number;
  severity: Severity;
  /** What it means, in one sentence. */
  text: string;
  to: AlertTarget[];
  /** Told again while it lasts; 0: once. */
  repeatEveryMs: number;
  /** Whether its end is told. */
  tellResolved: boolean;
};

export type AlertsConfig = { everyMs: number; rules: AlertRule[] };

export type RawRule = Partial<Omit<AlertRule, "name">> & { off?: boolean };
export type RawAlerts = {
  everyMs?: number;
  to?: AlertTarget[];
  repeatEveryMs?: number;
  rules?: Record<string, RawRule>;
};
