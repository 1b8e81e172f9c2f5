import { existsSync } from "node:fs";
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { CliError, EXIT } from "../exit-codes.ts";
import { openSession, PROGRAM_FOLDER } from "../session.ts";

const TEMPLATE = fileURLToPath(new URL("../adapter-template/", import.meta.url));
const TEMPLATE_NAME = "adapter-template";
/** How the template's own files name the adapter kit and the conformance suite, from whatever depth. */
const KIT_IN_TEMPLATE = /(?:\.\.\/)+adapter-kit\//g;
const SUITE_IN_TEMPLATE = /(?:\.\.\/)+tests\/adapters\//g;
const NAME = /^[a-z][a-z0-9-]{0,40}$/;

export function adapterCommands(program: Command): void {
  const adapter = program.command("adapter").description("adapters: what speaks one product's protocol");
  adapter
    .command("new <name>")
    .description("make the folder of a new adapter: a working REST adapter to start from")
    .option("--dir <folder>", "where adapters lie", join(PROGRAM_FOLDER, "adapters"))
    .addHelpText("after", "\nExample:\n  nave adapter new my-crm")
    .action(async (name: string, options: { dir: string }, command: Command) => {
      const folder = await makeAdapter(name, resolve(options.dir));
      const shown = relative(process.cwd(), folder) || ".";
      const configuration = configurationFor(name);
      const lines = [
        `made ${shown}/`,
        "",
        "Add to nave.config.yaml, below systems:",
        "",
        ...configuration.split("\n"),
        `Then: npx vitest run --project adapters adapters/${name} runs the conformance suite against its simulator;`,
        "make adapter.yaml, mappings/ and the simulator those of the product (docs/adapter-guide.md).",
      ];
      openSession(command).answer({ folder, configuration }, lines);
    });
}

async function makeAdapter(name: string, dir: string): Promise<string> {
  if (!NAME.test(name)) {
    throw new CliError(EXIT.usage, `"${name}" is no name for an adapter`, {
      accepts: "lower case letters, digits and -, beginning with a letter",
    });
  }
  const folder = join(dir, name);
  if (existsSync(folder))
    throw new CliError(EXIT.usage, `${folder} exists`, { accepts: "the name of a new adapter" });
  await cp(TEMPLATE, folder, { recursive: true });
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  for (const entry of files) {
    const file = join(entry.parentPath, entry.name);
    const to = (...path: string[]) =>
      `${relative(dirname(file), join(PROGRAM_FOLDER, ...path))
        .split(sep)
        .join("/")}/`;
    const text = await readFile(file, "utf8");
    await writeFile(
      file,
      text
        .replaceAll(KIT_IN_TEMPLATE, to("src", "adapter-kit"))
        .replaceAll(SUITE_IN_TEMPLATE, to("tests", "adapters"))
        .replaceAll(TEMPLATE_NAME, name),
    );
  }
  return folder;
}

function configurationFor(name: string): string {
  const prefix = name.toUpperCase().replaceAll("-", "_");
  return [
    `  ${name}:`,
    `    adapter: ${name}`,
    "    shadowMode: true # compute and show, write nothing, until nave onboard has been looked at",
    "    settings:",
    `      url: \${${prefix}_URL}`,
    `      token: \${${prefix}_TOKEN}`,
    "    entities:",
    "      customer: { take: true, give: true }",
    "",
  ].join("\n");
}
