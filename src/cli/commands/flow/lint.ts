import type { Command } from "commander";
import { EXIT } from "../../exit-codes.ts";
import { openFlowFolder } from "../../flow-folder.ts";
import { openSession } from "../../session.ts";

export function lintCommand(flow: Command): void {
  flow
    .command("lint [folder]")
    .description("find what the hub could not run with its guarantees, without starting anything")
    .addHelpText(
      "after",
      "\nExamples:\n  nave flow lint\n  nave flow lint ../other/flows\n\nExits with 4 when a flow has problems.",
    )
    .action(async (folder: string | undefined, _options, command: Command) => {
      const session = openSession(command);
      const { lintFolder } = await import("../../lint-folder.ts");
      const checked = await lintFolder(await openFlowFolder(session, folder));
      const problems = checked.flatMap((one) => one.problems);
      const summary = `${checked.length} flows, ${problems.length} problems`;
      session.answer(checked, [...problems.map((problem) => problem.sentence), summary]);
      if (problems.length > 0) process.exitCode = EXIT.found;
    });
}
