/**
 * Rewrites what docs say about mappings from the mappings and converters themselves:
 * the field tables between `<!-- fields:begin -->` and `<!-- fields:end -->` in adapters/*\/README.md, and the converters in
 * docs/mapping.md. `--check` writes nothing and fails when a file is out of date.
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CONVERTERS } from "../src/adapter-kit/converters.ts";
import { fieldTable, renderFieldTable } from "../src/mapping/field-table.ts";
import { readMapping } from "../src/mapping/read-mapping.ts";

const isCheck = process.argv.includes("--check");
const root = join(import.meta.dirname, "..");
const outdated = [
  ...globSync("adapters/*/README.md", { cwd: root })
    .sort()
    .filter((file) => rewrite(file, "fields", adapterFields(dirname(file)))),
  ...["docs/mapping.md"].filter((file) => rewrite(file, "converters", converterTable())),
];
for (const file of outdated)
  console.log(
    `${file} ${isCheck ? "is out of date: run node scripts/generate-adapter-docs.ts" : "rewritten"}`,
  );
if (isCheck && outdated.length > 0) process.exitCode = 1;

/** True when the file's section was not what it should be. */
function rewrite(file: string, section: string, content: string): boolean {
  const path = join(root, file);
  const before = readFileSync(path, "utf8");
  const [begin, end] = [`<!-- ${section}:begin -->`, `<!-- ${section}:end -->`];
  const from = before.indexOf(begin);
  const to = before.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${file} has no section between ${begin} and ${end}`);
  const after = `${before.slice(0, from)}${begin}\n${content}\n${before.slice(to)}`;
  if (after !== before && !isCheck) writeFileSync(path, after);
  return after !== before;
}

function adapterFields(folder: string): string {
  const tables = globSync(`${folder}/mappings/*.yaml`, { cwd: root })
    .sort()
    .map((file) => {
      const { definition } = readMapping(readFileSync(join(root, file), "utf8"), file);
      const heading = `### ${definition.entity}: \`${definition.native}\``;
      return `${heading}\n\n[${basename(file)}](mappings/${basename(file)})\n\n${renderFieldTable(fieldTable(definition))}\n`;
    });
  return `\n${tables.join("\n")}`;
}

function converterTable(): string {
  const rows = Object.entries(CONVERTERS).map(([name, { title, options }]) => {
    const texts = Object.entries(options).map(([option, text]) => `\`${option}\`: ${text}`);
    return `| \`${name}\` | ${title} | ${texts.join("<br>").replaceAll("|", "\\|")} |`;
  });
  return ["| converter | translates | options |", "|---|---|---|", ...rows].join("\n");
}
