import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { faultsFound, type ModeReport } from "../chaos/star/report.ts";
import { hasFailure, type Outcome, readOutcome, type Seconds } from "./read-outcome.ts";
import { runInGroup } from "./run-in-group.ts";
import { projectOf, type Step } from "./steps.ts";

/** Beyond this a run is taken for one that hangs; so much for starting, and so many times what its files took unmutated. */
const STARTING_MS = 90_000;
const TIMES_SLOWER = 4;
/** For files whose time is not known. */
const UNKNOWN_SECONDS = 120;
/** For other files to end by themselves, and tidy up, when a test has failed. */
const GRACE_MS = 20_000;
const REPORTER = "./tests/mutants/outcome-reporter.ts";
/** For `npm run chaos` beside the time of its faults: starting broker, database and hubs, and coming to rest, twice. */
const STAR_AROUND_MS = 900_000;
const STAR_SEED = 1;

export type RunOptions = {
  /** Stops at the first failure. */
  bail: boolean;
  /** What the files took unmutated. */
  seconds: Seconds;
  /** Minutes of faults in each mode of `npm run chaos`. */
  chaosMinutes: number;
};

/** Runs one step in a checkout as it stands. */
export async function runStep(folder: string, step: Step, options: RunOptions): Promise<Outcome> {
  const project = projectOf(step.name);
  return project ? runTests(folder, project, step.files, options) : runStar(folder, options.chaosMinutes);
}

async function runTests(
  folder: string,
  project: string,
  files: readonly string[],
  { bail, seconds }: RunOptions,
): Promise<Outcome> {
  const args = [
    "run",
    "--project",
    project,
    `--reporter=${REPORTER}`,
    ...(bail ? ["--bail=1"] : []),
    ...files,
  ];
  const limitMs =
    STARTING_MS + 1000 * TIMES_SLOWER * sum(files.map((file) => seconds[file] ?? UNKNOWN_SECONDS));
  const ended = await runInGroup(process.execPath, ["node_modules/vitest/vitest.mjs", ...args], {
    cwd: folder,
    limitMs,
    // With CI set, failed tests are tried again and may pass.
    env: { CI: "" },
    ...(bail && { isEnough: hasFailure, graceMs: GRACE_MS }),
  });
  return ended.timedOut ? hung(limitMs) : readOutcome(ended.output, ended.code);
}

async function runStar(folder: string, minutes: number): Promise<Outcome> {
  const json = join(folder, "mutants-star.json");
  await rm(json, { force: true });
  const args = ["tests/chaos/star/main.ts", "--seed", STAR_SEED, "--minutes", minutes, "--json", json];
  const limitMs = STAR_AROUND_MS + 2 * minutes * 60_000;
  const ended = await runInGroup(process.execPath, args.map(String), { cwd: folder, limitMs });
  if (ended.timedOut) return hung(limitMs);
  if (ended.code === 0) return { failures: [], seconds: {} };
  const found = (await readReports(json)).flatMap(faultsFound)[0];
  return { failures: [{ test: found ?? ended.output.trim().split("\n").at(-1) ?? "" }], seconds: {} };
}

function hung(limitMs: number): Outcome {
  return { failures: [{ test: `not done within ${Math.round(limitMs / 1000)} s` }], seconds: {} };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

async function readReports(file: string): Promise<ModeReport[]> {
  try {
    return (JSON.parse(await readFile(file, "utf8")) as { reports: ModeReport[] }).reports;
  } catch {
    return [];
  }
}
