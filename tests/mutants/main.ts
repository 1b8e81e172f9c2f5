import { fileURLToPath } from "node:url";
import { copyCheckout } from "./checkout.ts";
import { drawMutants } from "./draw-mutants.ts";
import { makeMutants, mutatedFiles } from "./make-mutants.ts";
import { lineOf, type Mutant } from "./mutant.ts";
import {
  digestOf,
  isDone,
  keepProgress,
  type Progress,
  readProgress,
  resultOf,
  withoutResults,
  withResult,
} from "./progress.ts";
import { HELP, MutantsRefused, readSettings, type Settings } from "./read-settings.ts";
import { tableOf } from "./report.ts";
import { type Bench, tryOnBench } from "./trial.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

async function main(): Promise<number> {
  const settings = readSettings(process.argv.slice(2));
  if (settings.help) {
    console.log(HELP);
    return 0;
  }
  const mutants = await makeMutants(ROOT);
  const progress = await readProgress(settings, await digestOf(ROOT, mutatedFiles(ROOT)));
  const drawn = drawnOf(mutants, settings, progress);
  if (settings.list) {
    for (const mutant of drawn) console.log(lineOf(mutant));
    return 0;
  }
  const known = drawn.filter((mutant) => isDone(resultOf(progress, mutant), settings.until));
  const begun = settings.only ? withoutResults(progress, known) : progress;
  const ended = await tryAll(mutants, settings, begun);
  console.log(`\n${tableOf(ended.results)}`);
  return ended.results.some(({ status }) => status === "survived") ? 1 : 0;
}

async function tryAll(mutants: readonly Mutant[], settings: Settings, begun: Progress): Promise<Progress> {
  let progress = begun;
  const keep = (next: Progress) => keepProgress(settings.json, (progress = next));
  const drawn = () => drawnOf(mutants, settings, progress);
  const isLeft = (mutant: Mutant) => !isDone(resultOf(progress, mutant), settings.until);
  if (!drawn().some(isLeft)) return progress;
  const bench: Bench = {
    checkout: await copyCheckout(ROOT),
    settings,
    baseline: progress.baseline,
    say: console.log,
    keepBaseline: (baseline) => keep({ ...progress, baseline }),
  };
  for (let next = drawn().find(isLeft); next; next = drawn().find(isLeft)) {
    console.log(`${drawn().indexOf(next) + 1} of ${drawn().length}: ${lineOf(next)}`);
    const result = await tryOnBench(bench, next, resultOf(progress, next));
    await keep(withResult(progress, result));
    console.log(`    ${result.status}`);
  }
  return progress;
}

function drawnOf(mutants: readonly Mutant[], { seed, count, only }: Settings, progress: Progress): Mutant[] {
  const isUsable = (mutant: Mutant) => resultOf(progress, mutant)?.status !== "invalid";
  const drawn = drawMutants(mutants, { seed, count, isUsable });
  const wanted = drawn.filter(({ file, start }) => !only || (file === only.file && start.line === only.line));
  if (only && wanted.length === 0)
    throw new MutantsRefused(
      `None of the ${drawn.length} drawn mutants begins at ${only.file}:${only.line}; --list shows where they do, --count all takes every one`,
    );
  return wanted;
}

process.on("SIGINT", () => process.exit(130));
process.on("SIGTERM", () => process.exit(143));
try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof MutantsRefused)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
