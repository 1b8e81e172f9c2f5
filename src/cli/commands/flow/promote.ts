import type { Command } from "commander";
import type { NodeConfig } from "../../../flows/node-red.ts";
import type { Changed } from "../../../flows/versions/change-flows.ts";
import type { Promoted } from "../../../flows/versions/promote-flow.ts";
import { EXIT } from "../../exit-codes.ts";
import { type CaseResult, runCasesOn } from "../../flow-cases.ts";
import { describeChanges } from "../../flow-changes.ts";
import { openFlowFolder } from "../../flow-folder.ts";
import { openSession } from "../../session.ts";

type Options = {
  to?: string;
  comment?: string;
  from?: string;
  skipCases?: boolean;
  withShared?: boolean;
  draft?: boolean;
  dryRun?: boolean;
};

export function promoteCommand(flow: Command): void {
  flow
    .command("promote <flow>")
    .description("let a draft go live, or send a flow to the hub of another environment, once its cases pass")
    .option("--to <environment>", "an environment of the configuration; absent: live in this hub")
    .option("--comment <text>", "why")
    .option("--from <folder>", "the folder with the cases; default that of the configuration")
    .option("--skip-cases", "do not run its cases")
    .option(
      "--with-shared",
      "a subflow or configuration node that others use there may change for all of them",
    )
    .option("--draft", "as a draft there, in any case")
    .option("--dry-run", "show the difference, and what is missing, only")
    .addHelpText(
      "after",
      "\nExamples:\n  nave flow promote order-sync\n  nave flow promote order-sync --to live --dry-run\n\nExits with 4 when a case fails, or there is none; nothing is promoted then.",
    )
    .action(async (name: string, { from, skipCases, ...options }: Options, command: Command) => {
      const session = openSession(command);
      const hub = await session.hub();
      const path = `/api/flows/${encodeURIComponent(name)}`;
      const wanted = await hub.get<{ tab: string; nodes: NodeConfig[] }>(path);
      const cases = skipCases
        ? undefined
        : await runCasesOn(await openFlowFolder(session, from), name, wanted);
      if (cases !== undefined && (cases.failed > 0 || cases.passed === 0)) {
        const answer = { deployed: false, cases: cases.flows };
        session.answer(answer, [...cases.lines, "nothing was promoted; --skip-cases does so nevertheless"]);
        process.exitCode = EXIT.found;
        return;
      }
      const answer = await hub.post<Changed | Promoted>(`${path}/promote`, options);
      session.answer({ ...answer, cases: cases?.flows ?? null }, promotedLines(name, answer, cases));
    });
}

function promotedLines(name: string, answer: Changed | Promoted, cases: CaseResult | undefined): string[] {
  const { epoch, deployed, changes } = answer;
  const where = "environment" in answer ? `in ${answer.environment}` : "in this hub";
  const state = "state" in answer ? answer.state : "live";
  const passed = cases === undefined ? [] : [`${cases.passed} cases passed`];
  const same = changes.length === 0 ? [`${name} is the same ${where}`] : [];
  const done = deployed ? [`${name} is ${state} ${where}: epoch ${epoch}`] : same;
  return [...passed, ...describeChanges(answer), ...done];
}
