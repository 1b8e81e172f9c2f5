import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DEFAULT_RULES } from "../../../src/alerts/default-rules.ts";
import { FAMILIES, METRIC_NAMES, type MetricName } from "../../../src/telemetry/metrics/families.ts";

const read = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
const namesIn = (text: string) => new Set(text.match(/\bnave_[a-z_]+\b/g));

test.each(["examples/grafana-dashboard.json", "operations.md"])(
  "%s names only metrics that there are",
  (name) => {
    const named = [...namesIn(read(name))].filter((one) => one !== "nave_notification_failed");
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((one) => !METRIC_NAMES.includes(one as MetricName))).toEqual([]);
  },
);

test("the dashboard groups each metric by labels that it has", () => {
  for (const [, labels = "", name] of read("examples/grafana-dashboard.json").matchAll(
    /by \(([^)]*)\) \((?:rate\()?(nave_\w+)/g,
  )) {
    const known: readonly string[] = FAMILIES[name as MetricName].labels;
    expect(known).toEqual(expect.arrayContaining(labels.split(", ")));
  }
});

test("the page says of every rule that is shipped what it means, and of no other", () => {
  const [, table = ""] = read("operations.md").split("| rule | means | do |");
  const rows = table.split("\n## ")[0] ?? "";
  const rules = [...rows.matchAll(/^\| ([^|]+) \|/gm)].flatMap(
    ([, cell = ""]) => cell.match(/[a-z][a-z-]+/g) ?? [],
  );
  expect(rules.toSorted()).toEqual(Object.keys(DEFAULT_RULES).toSorted());
});
