import type { Failure, Outcome } from "./read-outcome.ts";
import { isEmpty, type Step, type StepName } from "./steps.ts";

export type Verdict = {
  /** The test that noticed; absent when none did. */
  killedBy?: Failure & { step: StepName };
  /** Steps that are over, in their order. */
  steps: StepName[];
  /** Failures that did not hold: they came without the mutant too, or did not come again with it. */
  passing: string[];
};

/** Runs the given files of a step, with the mutant or without it, up to the first failure. */
export type Run = (step: Step, code: "mutated" | "plain") => Promise<Outcome>;

/**
 * Runs step after step until a test fails because of the mutant.
 *
 * A failure counts when the same file passes without the mutant and fails once more with it; otherwise the step goes
 * on without that file.
 */
export async function tryMutant(steps: readonly Step[], run: Run): Promise<Verdict> {
  const verdict: Verdict = { steps: [], passing: [] };
  for (const step of steps) {
    verdict.steps.push(step.name);
    if (isEmpty(step)) continue;
    const failure = await firstLastingFailure(step, run, verdict.passing);
    if (failure) return { ...verdict, killedBy: { step: step.name, ...failure } };
  }
  return verdict;
}

async function firstLastingFailure(step: Step, run: Run, passing: string[]): Promise<Failure | undefined> {
  let left = step;
  for (;;) {
    const failure = (await run(left, "mutated")).failures[0];
    if (failure === undefined) return undefined;
    const again = failure.file === undefined ? left : { ...step, files: [failure.file] };
    if (await lasts(again, run)) return failure;
    passing.push(`${failure.file ?? step.name}: ${failure.test}`);
    left = { ...left, files: left.files.filter((file) => file !== failure.file) };
    if (failure.file === undefined || left.files.length === 0) return undefined;
  }
}

async function lasts(step: Step, run: Run): Promise<boolean> {
  const plain = await run(step, "plain");
  return plain.failures.length === 0 && (await run(step, "mutated")).failures.length > 0;
}
