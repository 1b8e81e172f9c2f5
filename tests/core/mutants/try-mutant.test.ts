import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { passBaseline } from "../../mutants/baseline.ts";
import { hasFailure, lineOfEvent, type Outcome, readOutcome } from "../../mutants/read-outcome.ts";
import { MutantsRefused } from "../../mutants/read-settings.ts";
import { runInGroup } from "../../mutants/run-in-group.ts";
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

test("a step without files is over at once; the star has none and is run", async () => {
  const { run, asked } = answering();
  const steps: Step[] = [
    { name: "folder", files: [] },
    { name: "star", files: [] },
  ];
  expect((await tryMutant(steps, run)).steps).toEqual(["folder", "star"]);
  expect(asked).toEqual(["mutated "]);
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

test("what the reporter prints is told from what else is printed, and the first failure of each file is taken", () => {
  const passed = lineOfEvent({ file: "a.test.ts", seconds: 2.5 });
  const failed = lineOfEvent({ file: "b.test.ts", test: "breaks its promise\nand says so" });
  const later = lineOfEvent({ file: "b.test.ts", test: "breaks another" });
  expect(readOutcome(`postgres: found\n${passed}said by a test${failed}${later}`, 1)).toEqual({
    failures: [{ file: "b.test.ts", test: "breaks its promise\nand says so" }],
    seconds: { "a.test.ts": 2.5 },
  });
  expect(hasFailure(passed)).toBe(false);
  expect(hasFailure(passed + failed)).toBe(true);
  expect(hasFailure(passed + failed.slice(0, 30))).toBe(false);
});

test("a run that ends badly without a failed test has failed", () => {
  const { failures } = readOutcome(`${lineOfEvent({ file: "a.test.ts", seconds: 1 })}out of memory\n`, 134);
  expect(failures).toEqual([{ test: "vitest ended with 134: out of memory" }]);
});

test("the reporter says which files pass, which tests fail and which files cannot be run", async () => {
  const folder = mkdtempSync(join(tmpdir(), "nave-mutants-test-"));
  const write = (name: string, text: string) =>
    writeFileSync(join(folder, name), `import { beforeAll, test } from "vitest"; ${text}`);
  write("passes.test.js", `test("holds", () => {});`);
  write("fails.test.js", `test("breaks", () => { throw new Error("broken"); });`);
  write("hook.test.js", `beforeAll(() => { throw new Error("no server"); }); test("never run", () => {});`);
  write("load.test.js", `import "./missing.js";`);
  symlinkSync(fileURLToPath(new URL("../../../node_modules", import.meta.url)), join(folder, "node_modules"));
  const reporter = fileURLToPath(new URL("../../mutants/outcome-reporter.ts", import.meta.url));
  const args = ["node_modules/vitest/vitest.mjs", "run", "--root", folder, `--reporter=${reporter}`];
  const ended = await runInGroup(process.execPath, args, { cwd: folder, limitMs: 120_000 });
  rmSync(folder, { recursive: true, force: true });
  const { failures, seconds } = readOutcome(ended.output, ended.code);
  expect(Object.keys(seconds)).toEqual(["passes.test.js"]);
  expect(new Map(failures.map(({ file, test }) => [file, test]))).toEqual(
    new Map([
      ["fails.test.js", "breaks"],
      ["hook.test.js", expect.stringContaining("no server")],
      ["load.test.js", expect.stringContaining("missing.js")],
    ]),
  );
});
