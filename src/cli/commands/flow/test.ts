import type { Command } from "commander";
import { EXIT } from "../../exit-codes.ts";
import { openFlowFolder } from "../../flow-folder.ts";
import { openSession } from "../../session.ts";

export function testCommand(flow: Command): void {
  flow
    .command("test [flow...]")
    .description("run the cases of all flows, or of those named, without a hub and without any system")
    .option("--folder <folder>", "the folder of flows; default that of the configuration")
    .addHelpText(
      "after",
      "\nExamples:\n  nave flow test\n  nave flow test order-sync --json\n\nExits with 4 when a case fails.",
    )
    .action(async (names: string[], options: { folder?: string }, command: Command) => {
      const session = openSession(command);
      const folder = await openFlowFolder(session, options.folder);
      const { runFlowCases } = await import("../../../flows/cases/run-cases.ts");
      const { describeCases } = await import("../../../flows/cases/report.ts");
      const flows = await runFlowCases({ ...folder, ...(names.length === 0 ? {} : { only: names }) });
      const cases = flows.flatMap((one) => one.cases);
      const failed = cases.filter((one) => !one.passed).length;
      session.answer({ passed: cases.length - failed, failed, flows }, describeCases(flows));
      if (failed > 0) process.exitCode = EXIT.found;
    });
}
