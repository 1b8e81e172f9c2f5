import { createHash } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Mutant, nameOf } from "./mutant.ts";
import type { Seconds } from "./read-outcome.ts";
import { MutantsRefused, type Settings } from "./read-settings.ts";
import type { StepName } from "./steps.ts";
import type { Verdict } from "./try-mutant.ts";

/** `invalid`: it does not compile. `survived`: up to the last of its steps. */
export type Result = Mutant &
  Verdict & { name: string; status: "killed" | "survived" | "invalid"; seconds: number };

/** What is known so far; the file of `--json`. */
export type Progress = {
  seed: number;
  count: number | "all";
  /** Tells whether the mutated files are still those the results are about. */
  sources: string;
  /** Test files that passed without a mutant, with their seconds. */
  baseline: Seconds;
  results: Result[];
};

/** @throws MutantsRefused when the file is of another draw, of other sources, or no such file. */
export async function readProgress(
  { json, seed, count }: Pick<Settings, "json" | "seed" | "count">,
  sources: string,
): Promise<Progress> {
  const fresh = { seed, count, sources, baseline: {}, results: [] };
  const text = json === undefined ? undefined : await textOf(json);
  if (text === undefined) return fresh;
  const known = parse(text);
  if (known?.results === undefined)
    throw new MutantsRefused(`--json names ${json}, which holds something else; name another file`);
  for (const key of ["seed", "count", "sources"] as const)
    if (known[key] !== fresh[key])
      throw new MutantsRefused(
        `${json} holds results of other ${key === "sources" ? "sources" : `${key}, ${known[key]}`}; remove it or name another file`,
      );
  return known;
}

/** Whole or not at all, also when the process ends meanwhile. */
export async function keepProgress(json: string | undefined, progress: Progress): Promise<void> {
  if (json === undefined) return;
  await writeFile(`${json}.new`, `${JSON.stringify(progress, null, 2)}\n`);
  await rename(`${json}.new`, json);
}

/** In place of what was known of the same mutant. */
export function withResult(progress: Progress, result: Result): Progress {
  return { ...progress, results: [...progress.results.filter(({ name }) => name !== result.name), result] };
}

export function withoutResults(progress: Progress, mutants: readonly Mutant[]): Progress {
  const names = new Set(mutants.map(nameOf));
  return { ...progress, results: progress.results.filter(({ name }) => !names.has(name)) };
}

export function resultOf({ results }: Progress, mutant: Mutant): Result | undefined {
  return results.find(({ name }) => name === nameOf(mutant));
}

/** A survivor of fewer steps than are wanted is not. */
export function isDone(result: Result | undefined, until: StepName): boolean {
  return result !== undefined && (result.status !== "survived" || result.steps.includes(until));
}

export async function digestOf(root: string, files: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) hash.update(file).update(await readFile(join(root, file)));
  return hash.digest("hex");
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function parse(text: string): Progress | undefined {
  try {
    return JSON.parse(text) as Progress;
  } catch {
    return undefined;
  }
}
