import type { Command } from "commander";
import type { Changed } from "../../../flows/versions/change-flows.ts";
import { describeChanges } from "../../flow-changes.ts";
import { openSession } from "../../session.ts";

type Options = { to: string; comment?: string; withShared?: boolean; dryRun?: boolean };

export function rollbackCommand(flow: Command): void {
  flow
    .command("rollback <flow>")
    .description("let a flow be what it was in an earlier version; roll back again to undo it")
    .option("--to <version>", "a version of its history, or previous", "previous")
    .option("--comment <text>", "why")
    .option("--with-shared", "a subflow or configuration node that others use goes back too, for all of them")
    .option("--dry-run", "show the difference only")
    .addHelpText(
      "after",
      "\nExamples:\n  nave flow rollback order-sync --dry-run\n  nave flow rollback order-sync --to 3f9a12bc --comment 'prices were wrong'",
    )
    .action(async (name: string, options: Options, command: Command) => {
      const session = openSession(command);
      const path = `/api/flows/${encodeURIComponent(name)}/rollback`;
      const answer = await (await session.hub()).post<Changed>(path, options);
      const { epoch, deployed, changes } = answer;
      const nothing = changes.length === 0 ? [`${name} is at that version`] : [];
      const done = deployed ? [`rolled back: epoch ${epoch}`] : nothing;
      session.answer(answer, [...describeChanges(answer), ...done]);
    });
}
