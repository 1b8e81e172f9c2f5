import { expect, test } from "vitest";
import { type Machine, readFsyncTest } from "../../../bench/report/machine.ts";
import { replaceSection, sectionOf } from "../../../bench/report/refresh-docs.ts";
import { type Result, resultOf } from "../../../bench/report/result.ts";
import { showNumber } from "../../../bench/report/show-number.ts";
import { svgPlot } from "../../../bench/report/svg-plot.ts";
import { tableOf } from "../../../bench/report/table.ts";
import { Latencies } from "../../../bench/simulator/latencies.ts";
import { sizesUpTo } from "../../../bench/workloads/growth.ts";
import { shareOf } from "../../../bench/workloads/routing.ts";

const machine: Machine = {
  processor: "a processor",
  cores: 2,
  memoryGb: 8,
  kernel: "6",
  node: "v24",
  postgres: "15",
  rabbitmq: null,
  durability: {},
  fsyncUs: { fdatasync: 101 },
};
const workload = {
  name: "a",
  title: "sync",
  unit: "records/s",
  records: 1,
  run: async () => ({ details: {} }),
};
const result: Result = resultOf(
  workload,
  { nave: 2000, floor: 5000, details: { records: 10 } },
  {
    peers: { "node-red": 500 },
    at: "2026-11-29T07:00:00Z",
    command: "c",
    load: { before: 1, after: 2 },
    machine,
  },
);

test("what was not measured is null in the file and a dash in the table", () => {
  expect(result).toMatchObject({ name: "a", nave: 2000, floor: 5000, p50: null, p99: null, rssMb: null });
  const [, row] = tableOf([result]).split("\n");
  expect(row?.split(/\s{2,}/)).toEqual(["(a) sync", "2,000", "5,000", "0.40", "records/s", "-", "-", "-"]);
});

test("a peer stands below the workload, with the hub's ratio to it", () => {
  expect(tableOf([result])).toMatch(/node-red +500 +4\.00/);
});

test.each([
  [1234.5, "1,235"],
  [12.345, "12.3"],
  [0.1234, "0.12"],
  [null, "-"],
  [Number.NaN, "-"],
])("%d is shown as %s", (value, text) => expect(showNumber(value)).toBe(text));

test("a section of the page is replaced, and all around it stays", () => {
  const page = "before\n<!-- bench:a -->\nold\n<!-- /bench:a -->\nafter";
  const refreshed = replaceSection(page, "a", sectionOf(result, []));
  expect(refreshed).toMatch(/^before\n<!-- bench:a -->/);
  expect(refreshed).toMatch(/<!-- \/bench:a -->\nafter$/);
  expect(refreshed).toContain("| Nave / floor | 0.40 |");
  expect(refreshed).not.toContain("old");
  expect(replaceSection(refreshed, "a", sectionOf(result, []))).toBe(refreshed);
  expect(() => replaceSection(page, "b", "")).toThrow("bench:b");
});

test("a plot is drawn to scale: the highest value at the top, the last one to the right", () => {
  const points: [number, number][] = [
    [0, 0],
    [50, 50],
    [100, 100],
  ];
  const svg = svgPlot({ title: "a < b", xTitle: "x", series: [{ name: "s", unit: "MB", points }] });
  expect(svg).toContain("a &lt; b");
  expect(svg).toContain('points="80,200 350,130 620,60"');
});

test("a plot over several decades spaces them evenly", () => {
  const points = [10_000, 100_000, 1_000_000, 10_000_000].map((x): [number, number] => [x, 1]);
  const svg = svgPlot({ title: "t", xTitle: "x", series: [{ name: "s", unit: "u", points }] });
  expect(svg).toContain('points="80,60 260,60 440,60 620,60"');
});

test("of pg_test_fsync only the block about one write counts", () => {
  const output = [
    "Compare file sync methods using one 8kB write:",
    "        open_datasync                      4000.1 ops/sec     250 usecs/op",
    "        fdatasync                          2824.8 ops/sec     354 usecs/op",
    "        fsync_writethrough                                n/a",
    "Compare file sync methods using two 8kB writes:",
    "        fdatasync                          1000.0 ops/sec    1000 usecs/op",
  ].join("\n");
  expect(readFsyncTest(output)).toEqual({ open_datasync: 250, fdatasync: 354 });
});

test("a record counts once, from its commit to its first arrival", () => {
  const latencies = new Latencies();
  latencies.committed("too early");
  latencies.start();
  latencies.committed("1");
  latencies.arrived("1");
  latencies.arrived("1");
  latencies.arrived("too early");
  const { count, p50Ms, p999Ms } = latencies.report();
  expect(count).toBe(1);
  expect(p50Ms).toBeGreaterThan(0);
  expect(p999Ms).toBeLessThan(1000);
});

test("the store grows by decades up to the number asked for", () => {
  expect(sizesUpTo(10_000_000)).toEqual([10_000, 100_000, 1_000_000, 10_000_000]);
  expect(sizesUpTo(20_000)).toEqual([10_000, 20_000]);
  expect(sizesUpTo(500)).toEqual([500]);
});

test.each([
  [1, 9],
  [2, 10],
  [20_001, 900],
])("of records %d and %d further, every target gets those of its kind", (from, count) => {
  const numbers = Array.from({ length: count }, (_, index) => from + index);
  for (const kind of [0, 1, 2])
    expect(shareOf(kind, from, count)).toBe(numbers.filter((n) => n % 3 === kind).length);
});
