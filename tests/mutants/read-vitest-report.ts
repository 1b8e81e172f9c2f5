import { relative } from "node:path";

/** What a run of tests said; passed when there are no failures. */
export type Outcome = { failures: Failure[]; seconds: Seconds };

/** `file` is absent when the run itself broke: it hung, or an error reached no test. */
export type Failure = { test: string; file?: string };

/** How long each test file took, by its path. */
export type Seconds = Record<string, number>;

/** The parts that are read of what vitest's `json` reporter writes; times in milliseconds. */
export type VitestReport = {
  testResults: {
    name: string;
    status: string;
    message: string;
    startTime: number;
    endTime: number;
    assertionResults: { fullName: string; status: string }[];
  }[];
};

/**
 * Takes one failure of each file that failed; a file that could not be loaded counts too.
 *
 * @param report  Undefined when vitest wrote none.
 * @param root    What the report's paths are made relative to.
 * @param code    The exit code of vitest.
 */
export function readVitestReport(report: VitestReport | undefined, root: string, code: number): Outcome {
  if (report === undefined)
    return { failures: [{ test: `vitest ended with ${code} and left no report` }], seconds: {} };
  const files = report.testResults.map((result) => ({ ...result, file: relative(root, result.name) }));
  const failures = files.flatMap(({ file, status, message, assertionResults }): Failure[] => {
    const failed = assertionResults.find((one) => one.status === "failed");
    if (failed) return [{ file, test: failed.fullName }];
    return status === "failed" ? [{ file, test: `the file fails: ${message.split("\n")[0]}` }] : [];
  });
  if (failures.length === 0 && code !== 0) failures.push({ test: "an error reached no test" });
  const seconds = files.map(({ file, startTime, endTime }) => [file, (endTime - startTime) / 1000]);
  return { failures, seconds: Object.fromEntries(seconds) };
}
