import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { SchemaChange } from "../../canonical/compare-schemas.ts";
import { CliError, EXIT } from "../exit-codes.ts";
import { openSession } from "../session.ts";
import { table } from "../terminal.ts";

export function schemaCommands(program: Command): void {
  const schema = program.command("schema").description("the canonical data model");
  schema
    .command("diff <old> <new>")
    .description("what changed between two folders of schemas, and whom each change breaks")
    .addHelpText(
      "after",
      "\nExample:\n  git worktree add /tmp/released v0.1.0 && nave schema diff /tmp/released/schemas schemas\n\nExits with 4 when a change breaks somebody.",
    )
    .action(async (before: string, after: string, _options, command: Command) => {
      const { compareSchemas } = await import("../../canonical/compare-schemas.ts");
      const changes = compareSchemas(schemaFolder(before), schemaFolder(after));
      const rows = changes.map((one) => [
        one.breaks === "none" ? "" : `breaks ${one.breaks === "both" ? "readers and writers" : one.breaks}`,
        one.entity,
        one.path,
        one.text,
      ]);
      openSession(command).answer(
        changes,
        changes.length === 0 ? ["no changes"] : table(["", "entity", "field", "change"], rows),
      );
      if (changes.some((change: SchemaChange) => change.breaks !== "none")) process.exitCode = EXIT.found;
    });
}

function schemaFolder(given: string): string {
  const folder = resolve(given);
  if (existsSync(resolve(folder, "parts"))) return folder;
  throw new CliError(EXIT.usage, `${given} is no folder of schemas`, {
    accepts: "a folder like schemas/, with *.schema.json and parts/",
  });
}
