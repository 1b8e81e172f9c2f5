import type { CaseReport, Deviation, EffectKind, FlowReport, Miss } from "./types.ts";

const LONGEST_VALUE = 160;
const ONE: Record<EffectKind, string> = {
  wishes: "a wish",
  derived: "a derived record",
  amended: "an amended record",
  commands: "a command",
  notifications: "a notification",
  waits: "a wait",
  rejections: "a rejection",
  failures: "a failure",
};

/** What became of all cases, for a terminal: each with its title, those that failed with what was expected and what was there. */
export function describeCases(reports: readonly FlowReport[]): string[] {
  const lines = reports.flatMap(({ flow, cases }) =>
    cases.length === 0
      ? [`${flow}: no cases`]
      : [flow, ...cases.flatMap((one) => describeCase(one).map((line) => `  ${line}`))],
  );
  return [...lines, "", summary(reports)];
}

function summary(reports: readonly FlowReport[]): string {
  const cases = reports.flatMap((report) => report.cases);
  const failed = cases.filter((one) => !one.passed).length;
  const without = reports.filter((report) => report.cases.length === 0).length;
  const end = without === 0 ? "" : `; ${count(without, "flow")} without cases`;
  return `${count(cases.length, "case")}, ${failed === 0 ? "all passed" : `${failed} failed`}${end}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** Why a case failed: empty for one that passed. */
export function describeFailure({ passed, problem, misses, log }: CaseReport): string[] {
  if (passed) return [];
  return [
    ...(problem === undefined ? [] : [problem]),
    ...misses.flatMap((miss) =>
      describeMiss(miss).map((line, at) => (at === 0 ? `step ${miss.step}: ${line}` : line)),
    ),
    ...log.map((line) => `logged: ${line}`),
  ];
}

function describeCase(one: CaseReport): string[] {
  if (one.passed) return [`ok    ${one.title}`];
  return [`FAIL  ${one.title} (${one.file})`, ...describeFailure(one).map((line) => `      ${line}`)];
}

function describeMiss({ kind, expected, found, differences }: Miss): string[] {
  if (kind === "settled")
    return [
      expected === true ? "expected to be settled, and is not" : "expected not to be settled, and is settled",
    ];
  const what = ONE[kind];
  if (expected === undefined) return [`${what} that nobody expected: ${show(found)}`];
  if (found === undefined) return [`${what} was expected, and there is none: ${show(expected)}`];
  return [
    `${what} is not as expected: ${show(expected)}`,
    "  the nearest:",
    ...differences.map((one) => `    ${describeDeviation(one)}`),
  ];
}

function describeDeviation({ path, expected, found }: Deviation): string {
  return `${path}: expected ${show(expected)}, there is ${show(found)}`;
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length <= LONGEST_VALUE
    ? text
    : `${text.slice(0, LONGEST_VALUE)} ... (${text.length} characters)`;
}
