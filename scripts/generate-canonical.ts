/**
 * Writes what follows from `schemas/`: the TypeScript types and the documentation of the canonical model.
 * With `--check` it writes nothing and ends with 1 when one of them is out of date.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readSchemas, SCHEMA_FOLDER } from "../src/canonical/schema-files.ts";
import { shapesOf } from "../src/canonical/shape.ts";
import { writeDocs } from "./canonical-docs.ts";
import { writeTypes } from "./canonical-types.ts";

const shapes = shapesOf(readSchemas(SCHEMA_FOLDER));
const outputs: [file: string, text: string][] = [
  ["src/canonical/types.generated.ts", writeTypes(shapes)],
  ["docs/canonical-model.md", writeDocs(shapes)],
];

const check = process.argv.includes("--check");
for (const [file, text] of outputs) {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
  if (!check) writeFileSync(path, text);
  else if (held(path) !== text) {
    console.error(`${file} is out of date; run node scripts/generate-canonical.ts`);
    process.exitCode = 1;
  }
}

function held(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
