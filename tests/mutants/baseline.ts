import type { Outcome, Seconds } from "./read-outcome.ts";
import { MutantsRefused } from "./read-settings.ts";
import type { Step } from "./steps.ts";

/** The name under which the run that is of no test file is known to have passed. */
const STAR = "npm run chaos";

/**
 * Runs the files of a step that have not passed without a mutant yet.
 *
 * What fails is run once more, since one test that now and then fails would stop everything; kills are confirmed anyway.
 *
 * @param known  The files that have passed, with their seconds.
 * @param run    Runs test files without a mutant, to the end.
 * @returns      `known` itself when there was nothing to run.
 * @throws       MutantsRefused, naming what fails twice.
 */
export async function passBaseline(
  step: Step,
  known: Seconds,
  run: (step: Step) => Promise<Outcome>,
): Promise<Seconds> {
  const isStar = step.name === "star";
  const files = step.files.filter((file) => !(file in known));
  if (isStar ? STAR in known : files.length === 0) return known;
  const first = await run({ ...step, files });
  const failed = first.failures.flatMap(({ file }) => file ?? []);
  const again = failed.length === first.failures.length ? failed : files;
  const second = first.failures.length > 0 ? await run({ ...step, files: again }) : NOTHING;
  const lines = second.failures.map(({ file, test }) => `  ${file ?? step.name}: ${test}`);
  if (lines.length > 0)
    throw new MutantsRefused(
      `Without any mutant, tests have to pass first. These fail:\n${lines.join("\n")}`,
    );
  return { ...known, ...first.seconds, ...second.seconds, ...(isStar && { [STAR]: 0 }) };
}

const NOTHING: Outcome = { failures: [], seconds: {} };
