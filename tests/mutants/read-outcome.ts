/** What a run of tests said; passed when there are no failures. */
export type Outcome = { failures: Failure[]; seconds: Seconds };

/** `file` is absent when the run itself broke: it hung, or an error reached no test. */
export type Failure = { test: string; file?: string };

/** How long each test file took that passed, by its path. */
export type Seconds = Record<string, number>;

/** A file that passed, or a test that failed. */
type Event = { file: string; seconds: number } | { file: string; test: string };

/** Tells events from what else is printed. */
const MARK = "@mutants ";

/** As the reporter prints it. */
export function lineOfEvent(event: Event): string {
  return `\n${MARK}${JSON.stringify(event)}\n`;
}

/** @param output  As far as it has come; a line that is not complete yet is left out. */
export function hasFailure(output: string): boolean {
  return eventsOf(output).some((event) => "test" in event);
}

/**
 * Takes the first failure of each file that failed.
 *
 * @param output  What vitest printed with our reporter.
 * @param code    The exit code of vitest.
 */
export function readOutcome(output: string, code: number): Outcome {
  const events = eventsOf(output);
  const failed = events.filter((event) => "test" in event);
  const failures: Failure[] = failed.filter(
    ({ file }, index) => failed.findIndex((one) => one.file === file) === index,
  );
  if (failures.length === 0 && code !== 0)
    failures.push({ test: `vitest ended with ${code}: ${output.trim().split("\n").at(-1)}` });
  const passed = events.filter((event) => "seconds" in event);
  return { failures, seconds: Object.fromEntries(passed.map(({ file, seconds }) => [file, seconds])) };
}

function eventsOf(output: string): Event[] {
  const lines = output.split("\n").slice(0, -1);
  return lines.filter((line) => line.startsWith(MARK)).map((line) => JSON.parse(line.slice(MARK.length)));
}
