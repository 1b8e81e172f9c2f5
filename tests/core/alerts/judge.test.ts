import { describe, expect, test } from "vitest";
import { findFaults, isDue } from "../../../src/alerts/judge.ts";
import type { AlertRule } from "../../../src/alerts/rule.ts";
import type { Alert } from "../../../src/store/alerts.ts";
import type { Sample } from "../../../src/telemetry/metrics/families.ts";

const NOW = Date.UTC(2026, 10, 29, 12);

function rule(changes: Partial<AlertRule>): AlertRule {
  return {
    name: "late",
    metric: "nave_oldest_wish_age_seconds",
    labels: {},
    forMs: 0,
    severity: "warning",
    text: "late",
    to: [{ page: "operators" }],
    repeatEveryMs: 0,
    tellResolved: true,
    ...changes,
  };
}

function alert(sinceMsAgo: number, toldMsAgo?: number): Alert {
  const toldAt = toldMsAgo === undefined ? null : new Date(NOW - toldMsAgo);
  const since = new Date(NOW - sinceMsAgo);
  return { rule: "late", labels: {}, metric: "nave_workers", value: 1, since, firedAt: toldAt, toldAt };
}

describe("an alert is told", () => {
  test.each<[string, Partial<AlertRule>, Alert, boolean]>([
    ["at once where nothing says how long it has to last", {}, alert(0), true],
    ["not before it has lasted long enough", { forMs: 1000 }, alert(999), false],
    ["from the moment it has", { forMs: 1000 }, alert(1000), true],
    ["not again where it is told once", {}, alert(9_000_000, 8_000_000), false],
    ["not again before it is time", { repeatEveryMs: 5000 }, alert(9000, 4999), false],
    ["again when it is time", { repeatEveryMs: 5000 }, alert(9000, 5000), true],
    [
      "again by the time since it was told, whatever it had to last",
      { forMs: 60_000, repeatEveryMs: 5000 },
      alert(70_000, 5000),
      true,
    ],
  ])("%s", (_what, changes, one, isTold) => {
    expect(isDue(rule(changes), one, NOW)).toBe(isTold);
  });
});

test("numbers are at fault beyond the bound, by the labels that the rule names; what is not there is at no fault", () => {
  const sample = (system: string, value: number): Sample => ({
    name: "nave_oldest_wish_age_seconds",
    labels: { system, entity: "order" },
    value,
  });
  const samples = [sample("crm", 10), sample("erp", 11), sample("scm", -1)];
  const at = (changes: Partial<AlertRule>) =>
    findFaults([rule(changes)], samples).map(({ labels }) => labels["system"]);
  expect(at({ above: 10 })).toEqual(["erp"]);
  expect(at({ below: 0 })).toEqual(["scm"]);
  expect(at({ above: 0, labels: { system: "crm" } })).toEqual(["crm"]);
  expect(at({ above: 0, labels: { system: "crm", entity: "customer" } })).toEqual([]);
  expect(at({ metric: "nave_workers", above: 0 })).toEqual([]);
});
