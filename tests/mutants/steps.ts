import { globSync } from "node:fs";
import { splitByNearness } from "./nearest-tests.ts";

/** In this order, so that the tests likeliest to notice come first and those that take longest last. */
export const STEPS = ["folder", "nearest", "core", "flows", "chaos", "star"] as const;
export type StepName = (typeof STEPS)[number];

/** What is run in one step: test files of one of vitest's projects, or, as `star`, `npm run chaos`. */
export type Step = { name: StepName; files: string[] };

/** vitest's projects that are made use of. */
export const PROJECTS = ["core", "flows", "chaos"] as const;
export type Project = (typeof PROJECTS)[number];

/** The steps for a mutant of `file`: each test file is in one of them. */
export function stepsFor(root: string, file: string): Step[] {
  const core = testFilesOf(root, "core");
  const folder = core.filter((test) => test.startsWith(`tests/core/${file.split("/")[1]}/`));
  const others = core.filter((test) => !folder.includes(test));
  const [nearest, rest] = splitByNearness(root, file, others);
  return [
    { name: "folder", files: folder },
    { name: "nearest", files: nearest },
    { name: "core", files: rest },
    { name: "flows", files: testFilesOf(root, "flows") },
    { name: "chaos", files: testFilesOf(root, "chaos") },
    { name: "star", files: [] },
  ];
}

/** A folder has not always tests of its own. */
export function isEmpty({ name, files }: Step): boolean {
  return name !== "star" && files.length === 0;
}

/** Sorted, without the tests of this tool. */
export function testFilesOf(root: string, project: Project): string[] {
  const files = globSync(`tests/${project}/**/*.test.ts`, { cwd: root });
  return files.filter((file) => !file.startsWith("tests/core/mutants/")).sort();
}

export function projectOf(step: StepName): Project | undefined {
  return step === "folder" || step === "nearest" ? "core" : PROJECTS.find((project) => project === step);
}
