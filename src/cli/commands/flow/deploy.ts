import type { Command } from "commander";
import { deployedNodes } from "../../../flows/deploy.ts";
import type { NodeConfig } from "../../../flows/node-red.ts";
import { FlowFolders } from "../../../flows/storage/flow-folders.ts";
import type { Changed } from "../../../flows/versions/change-flows.ts";
import type { HubClient } from "../../client.ts";
import { CliError, EXIT } from "../../exit-codes.ts";
import { type CaseResult, runCases } from "../../flow-cases.ts";
import { confirm, describeChanges } from "../../flow-changes.ts";
import { type FlowFolder, openFlowFolder } from "../../flow-folder.ts";
import { openSession, type Session } from "../../session.ts";

type Options = {
  from?: string;
  comment?: string;
  withShared?: boolean;
  prune?: boolean;
  skipCases?: boolean;
  dryRun?: boolean;
  yes?: boolean;
};

/** What the hub is asked for. */
type Request = {
  flows: { flow: string; nodes: NodeConfig[] }[];
  removed: string[];
  comment?: string;
  withShared: boolean;
};

export function deployCommand(flow: Command): void {
  flow
    .command("deploy [flow...]")
    .description("deploy what has changed in the folder of flows into the running hub, without a restart")
    .option("--from <folder>", "the folder of flows; default that of the configuration")
    .option("--comment <text>", "what it is for")
    .option("--with-shared", "a subflow or configuration node that others use may change for all of them")
    .option("--prune", "remove flows of the hub that are not in the folder")
    .option("--skip-cases", "do not run the cases of the flows that change")
    .option("--dry-run", "show the difference only")
    .option("--yes", "do not ask")
    .addHelpText(
      "after",
      "\nExamples:\n  git pull && nave flow deploy\n  nave flow deploy order-sync --comment 'credit check' --yes\n\nExits with 4 when a flow has problems or a case fails; nothing is deployed then.",
    )
    .action(async (names: string[], options: Options, command: Command) => {
      const session = openSession(command);
      const folder = await openFlowFolder(session, options.from);
      const hub = await session.hub();
      const problems = await lintChosen(folder, names);
      if (problems.length > 0) return found(session, { deployed: false, problems }, problems);
      const request = await requestOf(hub, folder, names, options);
      const preview = await hub.post<Changed>("/api/flows/deploy", { ...request, dryRun: true });
      if (preview.changes.length === 0 || options.dryRun) return show(session, preview);
      const cases = options.skipCases ? undefined : await casesOf(folder, preview, request);
      if (cases !== undefined && cases.failed > 0)
        return found(session, { ...preview, cases: cases.flows }, [...cases.lines, "nothing was deployed"]);
      if (!options.yes) {
        process.stderr.write([...(cases?.lines ?? []), "", ...describeChanges(preview), ""].join("\n"));
        if (!(await confirm("Deploy this?")))
          return session.answer({ ...preview, deployed: false }, ["nothing was deployed"]);
      }
      const answer = await hub.post<Changed>("/api/flows/deploy", request);
      const shown = options.yes ? describeChanges(answer) : [];
      session.answer({ ...answer, cases: cases?.flows ?? null }, [
        ...shown,
        `deployed: epoch ${answer.epoch}`,
      ]);
    });
}

function found(session: Session, answer: object, lines: readonly string[]): void {
  session.answer(answer, lines);
  process.exitCode = EXIT.found;
}

function show(session: Session, preview: Changed): void {
  const lines = describeChanges(preview);
  session.answer(preview, preview.changes.length > 0 ? lines : ["the hub has these flows already"]);
}

async function lintChosen(folder: FlowFolder, names: readonly string[]): Promise<string[]> {
  const { lintFolder } = await import("../../lint-folder.ts");
  const linted = await lintFolder(folder);
  const unknown = names.find((name) => linted.every(({ flow }) => flow !== name));
  if (unknown !== undefined) {
    const accepts = linted.map(({ flow }) => flow).join(", ");
    throw new CliError(EXIT.usage, `there is no flow "${unknown}"`, { accepts });
  }
  const chosen = linted.filter(({ flow }) => names.length === 0 || names.includes(flow));
  return chosen.flatMap(({ problems }) => problems.map(({ sentence }) => sentence));
}

async function requestOf(
  hub: HubClient,
  { flowsDir }: FlowFolder,
  names: readonly string[],
  { comment, withShared = false, prune }: Options,
): Promise<Request> {
  const { flows, shared } = await new FlowFolders(flowsDir).read();
  const chosen = flows.filter(({ name }) => names.length === 0 || names.includes(name));
  const there = prune ? (await hub.get<{ flows: { name: string }[] }>("/api/flows")).flows : [];
  const removed = there.map(({ name }) => name).filter((name) => flows.every((flow) => flow.name !== name));
  return {
    flows: chosen.map((flow) => ({ flow: flow.name, nodes: deployedNodes(flow, shared) })),
    removed,
    withShared,
    ...(comment === undefined ? {} : { comment }),
  };
}

function casesOf(folder: FlowFolder, { changes }: Changed, { flows }: Request): Promise<CaseResult> {
  const changed = changes.filter(({ difference }) => difference.behaves).map(({ flow }) => flow);
  return runCases(
    folder,
    changed.filter((name) => flows.some(({ flow }) => flow === name)),
  );
}
