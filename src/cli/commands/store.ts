import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { TransferResult } from "../../store/export-import.ts";
import { CliError, EXIT } from "../exit-codes.ts";
import { openSession } from "../session.ts";

/** Both work on the store itself, so that no hub may be running on it; the embedded one is locked and says so. */
export function storeCommands(program: Command): void {
  const store = program
    .command("store")
    .description("move the hub's memory: embedded to PostgreSQL, or to another machine");
  store
    .command("export <file>")
    .description("write the whole store to a file; the hub must be stopped")
    .addHelpText("after", "\nExample:\n  nave store export nave-store.ndjson")
    .action(async (file: string, _options, command: Command) => {
      const target = resolve(file);
      if (existsSync(target))
        throw new CliError(EXIT.usage, `${file} exists`, { accepts: "the name of a new file" });
      const session = openSession(command);
      const draft = `${target}.part`;
      try {
        const { exportTo } = await import("../open-store.ts");
        const result = await exportTo(await session.config(), draft);
        await rename(draft, target);
        session.answer({ file: target, ...result }, [summary(result, `written to ${file}`)]);
      } finally {
        await rm(draft, { force: true });
      }
    });
  store
    .command("import <file>")
    .description("fill an empty store from such a file; all of it or nothing")
    .addHelpText(
      "after",
      "\nExample:\n  DATABASE_URL=postgres://nave@db/nave nave store import nave-store.ndjson",
    )
    .action(async (file: string, _options, command: Command) => {
      const source = resolve(file);
      if (!existsSync(source))
        throw new CliError(EXIT.usage, `${file} does not exist`, {
          accepts: "a file made by nave store export",
        });
      const session = openSession(command);
      const { importFrom } = await import("../open-store.ts");
      const result = await importFrom(await session.config(), source);
      session.answer({ file: source, ...result }, [summary(result, `read from ${file}`)]);
    });
}

function summary({ tables, rows }: TransferResult, what: string): string {
  return `${rows} rows of ${tables} tables ${what}`;
}
