import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { deployedNodes, deployedVersion } from "../../../flows/deploy.ts";
import type { NodeConfig } from "../../../flows/node-red.ts";
import { type Flow, FlowFolders } from "../../../flows/storage/flow-folders.ts";
import { compareFlows } from "../../../flows/versions/compare-flows.ts";
import { describeDifference } from "../../../flows/versions/describe-difference.ts";
import { CliError, EXIT } from "../../exit-codes.ts";
import { openFlowFolder } from "../../flow-folder.ts";
import { readRevision } from "../../flow-revision.ts";
import { openSession } from "../../session.ts";

type Folder = { flows: Flow[]; shared: NodeConfig[] };

export function diffCommand(flow: Command): void {
  flow
    .command("diff <flow>")
    .description(
      "what a flow does otherwise than before: nodes, properties and wires, apart from the drawing",
    )
    .option("--against <before>", "a folder of flows, or a revision of git", "HEAD")
    .option("--folder <folder>", "the folder of flows; default that of the configuration")
    .addHelpText(
      "after",
      "\nExamples:\n  nave flow diff order-sync\n  nave flow diff order-sync --against v1.2\n  nave flow diff order-sync --against ../live/flows\n\nExits with 4 when the flow does something else, with 0 when nothing or only the drawing differs.",
    )
    .action(async (name: string, options: { against: string; folder?: string }, command: Command) => {
      const session = openSession(command);
      const { flowsDir } = await openFlowFolder(session, options.folder);
      const now = await new FlowFolders(flowsDir).read();
      const before = await readBefore(flowsDir, options.against);
      const pair = findPair(name, before, now);
      const versions = {
        before: pair.before && deployedVersion(pair.before, before.shared),
        after: pair.after && deployedVersion(pair.after, now.shared),
      };
      const difference = compareFlows(nodesOf(pair.before, before), nodesOf(pair.after, now));
      const answer = { flow: name, against: options.against, versions, ...difference };
      session.answer(answer, describeDifference(answer));
      if (difference.behaves) process.exitCode = EXIT.found;
    });
}

function readBefore(flowsDir: string, against: string): Promise<Folder> {
  const isFolder = statSync(against, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? new FlowFolders(resolve(against)).read() : readRevision(flowsDir, against);
}

/** A flow whose folder was renamed is found by its tab. */
function findPair(name: string, before: Folder, now: Folder): { before?: Flow; after?: Flow } {
  const named = (flows: Flow[]) => flows.find((flow) => flow.name === name);
  const after = named(now.flows);
  const old = after ? before.flows.find((flow) => flow.tab === after.tab) : named(before.flows);
  const pair = { ...(old ? { before: old } : {}), ...(after ? { after } : {}) };
  if (old || after) return pair;
  const names = new Set([...now.flows, ...before.flows].map((flow) => flow.name));
  throw new CliError(EXIT.usage, `there is no flow "${name}", neither now nor before`, {
    accepts: [...names].join(", "),
  });
}

function nodesOf(flow: Flow | undefined, { shared }: Folder): NodeConfig[] {
  return flow === undefined ? [] : deployedNodes(flow, shared);
}
