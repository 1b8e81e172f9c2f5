import { expect, test } from "vitest";
import { passBaseline } from "../../mutants/baseline.ts";
import { MutantsRefused } from "../../mutants/read-settings.ts";
import { type Outcome, readVitestReport } from "../../mutants/read-vitest-report.ts";
import type { Step } from "../../mutants/steps.ts";
import { type Run, tryMutant } from "../../mutants/try-mutant.ts";

const STEPS: Step[] = [
  { name: "nearest", files: ["a.test.ts", "b.test.ts"] },
  { name: "core", files: ["c.test.ts"] },
];
const PASSES: Outcome = { failures: [], seconds: {} };
const fails = (...files: string[]): Outcome => ({
  failures: files.map((file) => ({ file, test: `a promise of ${file}` })),
  seconds: {},
});

/** Answers runs one after the other; `asked` tells what was run. */
function answering(...outcomes: Outcome[]) {
  const asked: string[] = [];
  const run: Run = async ({ files }, code) => {
    asked.push(`${code} ${files.join(" ")}`);
    return outcomes.shift() ?? PASSES;
  };
  return { run, asked };
}

test("a failure that goes with the mutant and comes back with it has killed it, and no further step is run", async () => {
  const { run, asked } = answering(fails("b.test.ts"), PASSES, fails("b.test.ts"));
  const verdict = await tryMutant(STEPS, run);
  expect(verdict.killedBy).toEqual({ step: "nearest", file: "b.test.ts", test: "a promise of b.test.ts" });
  expect(verdict.steps).toEqual(["nearest"]);
  expect(asked).toEqual(["mutated a.test.ts b.test.ts", "plain b.test.ts", "mutated b.test.ts"]);
});

test("a test that fails without the mutant too has not killed it; the others are run without that file", async () => {
  const { run, asked } = answering(fails("a.test.ts"), fails("a.test.ts"), PASSES, PASSES);
  const verdict = await tryMutant(STEPS, run);
  expect(verdict.killedBy).toBeUndefined();
  expect(verdict.passing).toEqual(["a.test.ts: a promise of a.test.ts"]);
  expect(asked).toEqual([
    "mutated a.test.ts b.test.ts",
    "plain a.test.ts",
    "mutated b.test.ts",
    "mutated c.test.ts",
  ]);
});

test("a failure that does not come again has not killed it; another one can", async () => {
  const [flaky, lasting] = [fails("a.test.ts"), fails("b.test.ts")];
  const { run } = answering(flaky, PASSES, PASSES, lasting, PASSES, lasting);
  const verdict = await tryMutant(STEPS, run);
  expect(verdict.killedBy?.file).toBe("b.test.ts");
  expect(verdict.passing).toHaveLength(1);
});

test("a run that hangs has killed the mutant when the same files pass without it", async () => {
  const hangs: Outcome = { failures: [{ test: "not done within 90 s" }], seconds: {} };
  const { run, asked } = answering(hangs, PASSES, hangs);
  expect((await tryMutant(STEPS, run)).killedBy).toEqual({ step: "nearest", test: "not done within 90 s" });
  expect(asked[1]).toBe("plain a.test.ts b.test.ts");
});

test("what no test notices has survived every step", async () => {
  const verdict = await tryMutant(STEPS, answering().run);
  expect(verdict).toEqual({ steps: ["nearest", "core"], passing: [] });
});

test("files that have passed without a mutant are not run again", async () => {
  const ran: string[][] = [];
  const run = async ({ files }: Step) => {
    ran.push(files);
    return { failures: [], seconds: { "b.test.ts": 3 } };
  };
  const known = await passBaseline(STEPS[0] as Step, { "a.test.ts": 2 }, run);
  expect(known).toEqual({ "a.test.ts": 2, "b.test.ts": 3 });
  expect(await passBaseline(STEPS[0] as Step, known, run)).toBe(known);
  expect(ran).toEqual([["b.test.ts"]]);
});

test("a test that fails twice without a mutant ends everything and is named; one that fails once does not", async () => {
  const step = STEPS[0] as Step;
  const failing = passBaseline(step, {}, async () => fails("a.test.ts"));
  await expect(failing).rejects.toThrow(MutantsRefused);
  await expect(failing).rejects.toThrow(/a\.test\.ts: a promise/);
  const outcomes = [fails("a.test.ts"), { failures: [], seconds: { "a.test.ts": 1 } }];
  await expect(passBaseline(step, {}, async () => outcomes.shift() as Outcome)).resolves.toHaveProperty([
    "a.test.ts",
  ]);
});

const PASSED = {
  name: "/copy/tests/a.test.ts",
  status: "passed",
  message: "",
  startTime: 1000,
  endTime: 3500,
  assertionResults: [{ fullName: "keeps its promise", status: "passed" }],
};

test("a report names the test that failed, with its file", () => {
  const failed = {
    ...PASSED,
    name: "/copy/tests/b.test.ts",
    status: "failed",
    assertionResults: [...PASSED.assertionResults, { fullName: "breaks its promise", status: "failed" }],
  };
  expect(readVitestReport({ testResults: [PASSED, failed] }, "/copy", 1)).toEqual({
    failures: [{ file: "tests/b.test.ts", test: "breaks its promise" }],
    seconds: { "tests/a.test.ts": 2.5, "tests/b.test.ts": 2.5 },
  });
});

test.each([
  [
    "a file that cannot be loaded",
    [{ ...PASSED, status: "failed", message: "no such\nfile", assertionResults: [] }],
    1,
    "no such",
  ],
  ["an error outside all tests", [PASSED], 1, "an error reached no test"],
])("%s is a failure too", (_, testResults, code, text) => {
  const { failures } = readVitestReport({ testResults }, "/copy", code);
  expect(failures).toHaveLength(1);
  expect(failures[0]?.test).toContain(text);
});

test("a run that leaves no report has failed", () => {
  expect(readVitestReport(undefined, "/copy", 134).failures[0]?.test).toContain("134");
});
