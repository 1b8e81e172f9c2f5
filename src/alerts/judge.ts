import type { Alert, AtFault } from "../store/alerts.ts";
import type { Sample } from "../telemetry/metrics/families.ts";
import type { AlertRule } from "./rule.ts";

/** The numbers that are at fault by these rules; one that is not there is at no fault. */
export function findFaults(rules: readonly AlertRule[], samples: readonly Sample[]): AtFault[] {
  return rules.flatMap((rule) =>
    samples
      .filter((sample) => sample.name === rule.metric && fits(rule, sample) && isAtFault(rule, sample.value))
      .map(({ labels, value, name }) => ({ rule: rule.name, labels, metric: name, value })),
  );
}

function fits({ labels }: AlertRule, sample: Sample): boolean {
  return Object.entries(labels).every(([name, value]) => sample.labels[name] === value);
}

function isAtFault({ above, below }: AlertRule, value: number): boolean {
  return above === undefined ? below !== undefined && value < below : value > above;
}

/** Whether it is time to tell it, first or once more. */
export function isDue({ forMs, repeatEveryMs }: AlertRule, alert: Alert, now: number): boolean {
  if (alert.toldAt !== null) return repeatEveryMs > 0 && now - alert.toldAt.getTime() >= repeatEveryMs;
  return now - alert.since.getTime() >= forMs;
}
