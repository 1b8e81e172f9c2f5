import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drawMutants } from "../../mutants/draw-mutants.ts";
import { makeMutants } from "../../mutants/make-mutants.ts";
import { applyMutant, type Mutant, nameOf } from "../../mutants/mutant.ts";
import { countHops } from "../../mutants/nearest-tests.ts";
import { stepsFor } from "../../mutants/steps.ts";

const SOURCE = `/** Größe 📦 of a batch. */
export function isFull(count: number, limit: number): boolean {
  return "📦" !== "" && count >= limit;
}
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nave-mutants-test-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("each mutant differs from the source in what it replaces and in nothing else", async () => {
  writeFileSync(join(folder, "is-full.ts"), SOURCE);
  const mutants = await makeMutants(folder, ["is-full.ts"]);
  const changed = mutants.map((mutant) => applyMutant(SOURCE, mutant));
  expect(changed).toContain(SOURCE.replace("count >= limit", "count > limit"));
  expect(changed).toContain(SOURCE.replace("&&", "||"));
  expect(changed).toContain(SOURCE.replace(/\{\n.*\n\}/, "{}"));
  expect(new Set(changed).size).toBe(mutants.length);
  expect(new Set(mutants.map(nameOf)).size).toBe(mutants.length);
});

test("a mutant is not applied to a file that has changed since", async () => {
  writeFileSync(join(folder, "is-full.ts"), SOURCE);
  const [mutant] = await makeMutants(folder, ["is-full.ts"]);
  expect(() => applyMutant(`\n${SOURCE}`, mutant as Mutant)).toThrow(/is-full.ts:\d has changed/);
});

/** 10 mutants of each of 5 kinds in each folder. */
const MANY: Mutant[] = ["receive", "merge", "deliver", "channels"].flatMap((name) =>
  ["Regex", "BooleanLiteral", "StringLiteral", "ArrowFunction", "BlockStatement"].flatMap((kind) =>
    Array.from({ length: 10 }, (_, index) => {
      const start = { line: index + 1, column: 1 };
      return { file: `src/${name}/file.ts`, start, end: start, kind, original: "", replacement: kind };
    }),
  ),
);

test("a draw takes as many from each folder, and no kind twice before each was taken once", () => {
  const drawn = drawMutants(MANY, { seed: 7, count: 20 });
  const folders = Map.groupBy(drawn, ({ file }) => file);
  expect([...folders.values()].map((own) => own.length)).toEqual([5, 5, 5, 5]);
  for (const own of folders.values()) expect(new Set(own.map(({ kind }) => kind)).size).toBe(5);
});

test("the same seed draws the same, another seed draws others", () => {
  const names = (seed: number) => drawMutants(MANY, { seed, count: 20 }).map(nameOf);
  expect(names(7)).toEqual(names(7));
  expect(names(7)).not.toEqual(names(8));
});

test("where one cannot be used another of its folder is drawn, and the others stay", () => {
  const first = drawMutants(MANY, { seed: 7, count: 20 });
  const broken = first[5] as Mutant;
  const second = drawMutants(MANY, { seed: 7, count: 20, isUsable: (mutant) => mutant !== broken });
  expect(second).not.toContain(broken);
  expect(second).toHaveLength(20);
  const gone = first.filter((mutant) => !second.includes(mutant));
  const come = second.filter((mutant) => !first.includes(mutant));
  expect(gone).toEqual([broken]);
  expect(come.map(({ file }) => file)).toEqual([broken.file]);
});

test("all of them can be drawn, and no more than there are", () => {
  expect(new Set(drawMutants(MANY, { seed: 1, count: "all" }))).toEqual(new Set(MANY));
  expect(drawMutants(MANY, { seed: 1, count: 1000 })).toHaveLength(MANY.length);
  expect(drawMutants([], { seed: 1, count: 20 })).toEqual([]);
});

/** Writes files of a small project, by their paths. */
async function writeFiles(files: Record<string, string>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}

test("tests of the same folder come first, then those with the fewest imports up to the file, then the rest", async () => {
  const far = Array.from({ length: 4 }, (_, index) => `tests/core/far/far-${index}.test.ts`);
  await writeFiles({
    "src/merge/rule.ts": "export const rule = 1;",
    "src/main.ts": `import {\n  rule,\n} from "./merge/rule.ts";`,
    "src/types.ts": `import type { rule } from "./merge/rule.ts";`,
    "tests/core/hub/star.ts": `export { rule } from "../../../src/main.ts";`,
    "tests/core/hub/whole.test.ts": `import { rule } from "./star.ts";`,
    "tests/core/merge/other.test.ts": `import "../../../src/types.ts";`,
    "tests/core/mutants/own.test.ts": `import { rule } from "../../../src/merge/rule.ts";`,
    "tests/core/store/direct.test.ts": `import { rule } from "../../../src/merge/rule.ts";`,
    "tests/core/store/types.test.ts": `import "../../../src/types.ts";`,
    "tests/flows/flow.test.ts": "",
    ...Object.fromEntries(far.map((file) => [file, `import "../hub/star.ts";`])),
  });
  expect(countHops(folder, "tests/core/hub/whole.test.ts", "src/merge/rule.ts")).toBe(3);
  expect(countHops(folder, "tests/core/store/types.test.ts", "src/merge/rule.ts")).toBe(
    Number.POSITIVE_INFINITY,
  );
  expect(stepsFor(folder, "src/merge/rule.ts")).toEqual([
    { name: "folder", files: ["tests/core/merge/other.test.ts"] },
    {
      name: "nearest",
      files: ["tests/core/store/direct.test.ts", "tests/core/hub/whole.test.ts", ...far.slice(0, 2)],
    },
    { name: "core", files: [...far.slice(2), "tests/core/store/types.test.ts"] },
    { name: "flows", files: ["tests/flows/flow.test.ts"] },
    { name: "chaos", files: [] },
    { name: "star", files: [] },
  ]);
});
