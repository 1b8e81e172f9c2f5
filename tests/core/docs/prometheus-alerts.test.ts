import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { DEFAULT_RULES } from "../../../src/alerts/default-rules.ts";
import { FAMILIES, METRIC_NAMES, type MetricName } from "../../../src/telemetry/metrics/families.ts";

type Rule = {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string };
};

const file = readFileSync(new URL("../../../docs/examples/prometheus-alerts.yaml", import.meta.url), "utf8");
const { groups } = parse(file) as { groups: { name: string; rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
/** What Prometheus itself adds to every sample. */
const OF_PROMETHEUS = ["instance", "job"];

test.each(rules)(
  "$alert: names only metrics that there are, by labels that they have",
  ({ expr, annotations }) => {
    const metrics = expr.match(/\bnave_[a-z_]+\b/g) ?? [];
    expect(metrics.filter((name) => !METRIC_NAMES.includes(name as MetricName))).toEqual([]);
    // Of what Prometheus has itself there is one series only.
    expect(metrics.length > 0 || expr.startsWith("up{")).toBe(true);
    const known = [...OF_PROMETHEUS, ...metrics.flatMap((name) => FAMILIES[name as MetricName].labels)];
    const grouped = (/ by \(([^)]*)\)/.exec(expr)?.[1] ?? "").split(", ").filter((label) => label !== "");
    const selected = [...expr.matchAll(/[{,]\s*(\w+)=/g)].map(([, label = ""]) => label);
    expect(known).toEqual(expect.arrayContaining([...grouped, ...selected]));
    const shown = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
    // What is not grouped by is gone; where nothing is grouped, everything is still there.
    expect(/\b(max|min|sum)\b/.test(expr) ? grouped : known).toEqual(expect.arrayContaining(shown));
  },
);

test.each(Object.entries(DEFAULT_RULES))(
  "%s is there with the hub's own metric, bound, time and severity",
  (name, shipped) => {
    const [rule, ...others] = rules.filter(({ alert }) => alert === name);
    expect(others).toEqual([]);
    const bound = shipped.above === undefined ? `< ${shipped.below}` : `> ${shipped.above}`;
    expect(rule?.expr.endsWith(` ${bound}`)).toBe(true);
    expect(rule?.expr).toContain(shipped.metric);
    for (const [label, value] of Object.entries(shipped.labels ?? {}))
      expect(rule?.expr).toContain(`${label}="${value}"`);
    expect(rule?.labels.severity).toBe(shipped.severity);
    expect(rule?.for).toBe(shipped.forMs === undefined ? undefined : `${shipped.forMs / 60_000}m`);
  },
);

test("the hub's group names no rule that the hub has not", () => {
  const own = groups.find(({ name }) => name === "nave")?.rules.map(({ alert }) => alert);
  expect(own?.toSorted()).toEqual(Object.keys(DEFAULT_RULES).toSorted());
});
