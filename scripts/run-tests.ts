import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

/** The suites of `npm test`, the minutes each may take on two cores, and how many files run at once: more where tests mostly wait. */
const SUITES = [
  { name: "core", budgetMinutes: 3, workers: 3 },
  { name: "flows", budgetMinutes: 3, workers: 2 },
  { name: "adapters", budgetMinutes: 2, workers: 2 },
  { name: "console", budgetMinutes: 3, workers: 2 },
  { name: "chaos", budgetMinutes: 3, workers: 3 },
  { name: "real", budgetMinutes: 5, workers: 2 },
];

type Counts = { passed: number; failed: number; skipped: number };
type Report = {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  numFailedTestSuites: number;
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
};

/** Lines of a failure repeated at the end of the run, where the middle of a long log is easily cut away. */
const FAILURE_LINES = 12;

const wanted = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), "nave-tests-"));
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const rows: string[] = [];
const failures: string[] = [];
for (const suite of SUITES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const started = performance.now();
  const result = await runSuite(suite.name, suite.workers);
  const counts = countsOf(result.report, result.code);
  failures.push(...failuresOf(suite.name, result.report));
  const minutes = (performance.now() - started) / 60_000;
  const over = minutes > suite.budgetMinutes ? "  OVER BUDGET" : "";
  rows.push(
    `${suite.name.padEnd(10)} ${minutes.toFixed(1)} of ${suite.budgetMinutes} minutes  ${sentence(counts)}${over}`,
  );
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
}
await rm(folder, { recursive: true, force: true });
console.log(`\n${[...failures, ...rows].join("\n")}\n\n${sentence(total)}`);
if (process.env["NAVE_TEST_SUMMARY"])
  await writeFile(process.env["NAVE_TEST_SUMMARY"], `${sentence(total)}\n`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

function sentence({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

async function runSuite(
  name: string,
  workers: number,
): Promise<{ report: Report | undefined; code: number }> {
  const file = join(folder, `${name}.json`);
  const args = [
    "run",
    "--project",
    name,
    `--maxWorkers=${workers}`,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${file}`,
  ];
  const code = await new Promise<number>((resolve) => {
    spawn("vitest", args, { stdio: "inherit" }).on("exit", (exitCode) => resolve(exitCode ?? 1));
  });
  return { report: await report(file), code };
}

async function report(file: string): Promise<Report | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Report;
  } catch {
    return undefined;
  }
}

/** A file that could not be run, or a run that ended badly without a failed test, counts as one failure. */
function countsOf(result: Report | undefined, code: number): Counts {
  if (!result) return { passed: 0, failed: 1, skipped: 0 };
  const broken = result.testResults.filter(
    (one) => one.status === "failed" && one.assertionResults.length === 0,
  ).length;
  const failed = result.numFailedTests + broken;
  return {
    passed: result.numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

/** Each failed test, and each file that could not be run, with the beginning of what it said. */
function failuresOf(suite: string, result: Report | undefined): string[] {
  if (!result) return [`FAILED  ${suite}: the run left no report`];
  return result.testResults.flatMap((file) => {
    const where = `FAILED  ${suite}  ${relative(process.cwd(), file.name)}`;
    if (file.assertionResults.length === 0)
      return file.status === "failed" ? [`${where}\n${beginning(file.message)}`] : [];
    return file.assertionResults
      .filter(({ status }) => status === "failed")
      .map((test) => `${where} > ${test.fullName}\n${beginning(test.failureMessages.join("\n"))}`);
  });
}

function beginning(message: string): string {
  const lines = message.split("\n").slice(0, FAILURE_LINES);
  return `${lines.map((line) => `    ${line.slice(0, 400)}`).join("\n")}\n`;
}
