import { MutantsRefused } from "./read-settings.ts";
import type { Outcome, Seconds } from "./read-vitest-report.ts";
import { projectOf, type Step, type StepName, testFilesOf } from "./steps.ts";

/** Projects, and the star, that have passed without a mutant; seconds by test file. */
export type Baseline = { passed: string[]; seconds: Seconds };

/**
 * Runs what a step is part of, its whole project, without a mutant, unless that has been done.
 *
 * What fails is run once more, since a test that now and then fails would stop everything; kills are confirmed anyway.
 *
 * @param run     Runs test files without a mutant, to the end.
 * @throws        MutantsRefused, naming what fails twice.
 */
export async function passBaseline(
  root: string,
  step: StepName,
  known: Baseline,
  run: (step: Step) => Promise<Outcome>,
): Promise<Baseline> {
  const project = projectOf(step);
  const name = project ?? step;
  if (known.passed.includes(name)) return known;
  const whole: Step = { name: project ?? step, files: project ? testFilesOf(root, project) : [] };
  const first = await run(whole);
  const failed = first.failures.flatMap(({ file }) => file ?? []);
  const again = failed.length < first.failures.length ? whole : { ...whole, files: failed };
  const second = first.failures.length > 0 ? await run(again) : { failures: [], seconds: {} };
  if (second.failures.length > 0)
    throw new MutantsRefused(
      `Without any mutant, ${name} has to pass first. It fails:\n${second.failures.map(({ file, test }) => `  ${file ?? name}: ${test}`).join("\n")}`,
    );
  return {
    passed: [...known.passed, name],
    seconds: { ...known.seconds, ...first.seconds, ...second.seconds },
  };
}
