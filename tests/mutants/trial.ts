import { passBaseline } from "./baseline.ts";
import type { Checkout } from "./checkout.ts";
import { type Mutant, nameOf } from "./mutant.ts";
import type { Result } from "./progress.ts";
import type { Seconds } from "./read-outcome.ts";
import type { Settings } from "./read-settings.ts";
import { runInGroup } from "./run-in-group.ts";
import { runStep } from "./run-step.ts";
import { STEPS, type Step, stepsFor, testFilesOf } from "./steps.ts";
import { type Run, tryMutant, type Verdict } from "./try-mutant.ts";

const COMPILING_MS = 10 * 60_000;

/** What trying mutants takes: where, with what, and what is told and kept on the way. */
export type Bench = {
  checkout: Checkout;
  settings: Pick<Settings, "until" | "minutes">;
  baseline: Seconds;
  say: (line: string) => void;
  /** Called when further tests have passed without a mutant. */
  keepBaseline: (baseline: Seconds) => Promise<void>;
};

/** Tries one mutant; what has survived earlier steps goes on behind them. */
export async function tryOnBench(bench: Bench, mutant: Mutant, known: Result | undefined): Promise<Result> {
  const started = performance.now();
  const done: Verdict = { steps: known?.steps ?? [], passing: known?.passing ?? [] };
  const resultOf = (status: Result["status"], verdict: Verdict): Result => ({
    ...mutant,
    name: nameOf(mutant),
    ...verdict,
    steps: [...done.steps, ...verdict.steps],
    passing: [...done.passing, ...verdict.passing],
    status,
    seconds: Math.round((known?.seconds ?? 0) + (performance.now() - started) / 1000),
  });
  if (known === undefined && !(await compiles(bench, mutant)))
    return resultOf("invalid", { steps: [], passing: [] });
  const verdict = await tryMutant(stepsAhead(bench, mutant, done), runOn(bench, mutant));
  return resultOf(verdict.killedBy ? "killed" : "survived", verdict);
}

/** A name that the mutant leaves unused is no reason not to try it: it would run. */
const TSC =
  "-p . --noUnusedLocals false --noUnusedParameters false --incremental --tsBuildInfoFile mutants.tsbuildinfo";

async function compiles({ checkout, say }: Bench, mutant: Mutant): Promise<boolean> {
  await checkout.put(mutant);
  const args = ["node_modules/typescript/bin/tsc", ...TSC.split(" ")];
  const ended = await runInGroup(process.execPath, args, { cwd: checkout.folder, limitMs: COMPILING_MS });
  if (ended.code !== 0) say(`    does not compile: ${ended.output.trim().split("\n")[0]}`);
  return ended.code === 0;
}

/** Where an earlier run has left off, the whole of core is ahead: since then the nearest tests may have become others. */
function stepsAhead({ checkout, settings }: Bench, { file }: Mutant, { steps }: Verdict): Step[] {
  const wanted = STEPS.slice(0, STEPS.indexOf(settings.until) + 1);
  const all = stepsFor(checkout.folder, file);
  const ahead = all.filter(({ name }) => wanted.includes(name) && !steps.includes(name));
  const core = testFilesOf(checkout.folder, "core");
  return ahead.map((step) =>
    step.name === "core" && steps.includes("nearest") ? { ...step, files: core } : step,
  );
}

function runOn(bench: Bench, mutant: Mutant): Run {
  const { checkout, settings, say } = bench;
  return async (step, code) => {
    await checkout.put(undefined);
    await ensureBaseline(bench, step);
    if (code === "mutated") await checkout.put(mutant);
    const started = performance.now();
    const options = { bail: true, seconds: bench.baseline, chaosMinutes: settings.minutes };
    const outcome = await runStep(checkout.folder, step, options);
    const seconds = Math.round((performance.now() - started) / 1000);
    const [failure] = outcome.failures;
    const what = failure ? `fails: ${failure.file ?? ""} ${failure.test}` : "passes";
    say(`    ${step.name}, ${code}, ${step.files.length} files, ${seconds} s: ${what}`);
    return outcome;
  };
}

async function ensureBaseline(bench: Bench, step: Step): Promise<void> {
  const { checkout, settings, say } = bench;
  const before = bench.baseline;
  bench.baseline = await passBaseline(step, before, (unknown) => {
    say(`    ${unknown.name}, without a mutant, ${unknown.files.length} files ...`);
    const options = { bail: false, seconds: before, chaosMinutes: settings.minutes };
    return runStep(checkout.folder, unknown, options);
  });
  if (bench.baseline !== before) await bench.keepBaseline(bench.baseline);
}
