import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Instrumenter } from "@stryker-mutator/instrumenter";
import { type Mutant, textBetween } from "./mutant.ts";

/** The folders of `src` whose tests are put to the test: the way of a record through the hub. */
export const FOLDERS = ["receive", "merge", "deliver", "channels"] as const;

/** The files mutants are made of, sorted; from the root of the project, with `/`. */
export function mutatedFiles(root: string): string[] {
  return FOLDERS.flatMap((folder) => globSync(`src/${folder}/**/*.ts`, { cwd: root })).sort();
}

/** Every mutant that Stryker's instrumenter makes of these files, in their order. */
export async function makeMutants(root: string, files = mutatedFiles(root)): Promise<Mutant[]> {
  const sources = new Map(files.map((file) => [file, readFileSync(join(root, file), "utf8")]));
  const { mutants } = await new Instrumenter(SILENT).instrument(
    files.map((name) => ({ name, content: sources.get(name) as string, mutate: true })),
    { plugins: null, ignorers: [], excludedMutations: [] },
  );
  return mutants.map(({ fileName, location, mutatorName, replacement }) => {
    const [start, end] = [countedFrom1(location.start), countedFrom1(location.end)];
    const original = textBetween(sources.get(fileName) as string, start, end);
    return { file: fileName, start, end, kind: mutatorName, original, replacement };
  });
}

function countedFrom1({ line, column }: { line: number; column: number }) {
  return { line: line + 1, column: column + 1 };
}

const nothing = () => undefined;
const SILENT = {
  isTraceEnabled: () => false,
  isDebugEnabled: () => false,
  isInfoEnabled: () => false,
  isWarnEnabled: () => false,
  isErrorEnabled: () => false,
  isFatalEnabled: () => false,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
};
