import { deployedVersion } from "../flows/deploy.ts";
import { describeProblem, type FlowProblem, problemOf } from "../flows/lint/lint.ts";
import { lintDeployed } from "../flows/lint/lint-deployed.ts";
import { type Flow, FlowFolders } from "../flows/storage/flow-folders.ts";
import type { FlowFolder } from "./flow-folder.ts";
import { knownNodeTypes } from "./known-node-types.ts";

export type LintedFlow = { flow: string; version: string; problems: (FlowProblem & { sentence: string })[] };

/** Finds what the hub would refuse in a folder of flows; starts nothing. */
export async function lintFolder({ flowsDir, paletteDir }: FlowFolder): Promise<LintedFlow[]> {
  const { flows, shared } = await new FlowFolders(flowsDir).read();
  const types = new Set(knownNodeTypes(paletteDir));
  for (const node of shared) if (node.type === "subflow") types.add(`subflow:${node.id}`);
  return flows.map((flow, at) => {
    const problems = [
      ...lintDeployed(flow, shared, (type) => types.has(type)),
      ...lintIds(flow, flows.slice(0, at)),
    ];
    return {
      flow: flow.name,
      version: deployedVersion(flow, shared),
      problems: problems.map((problem) => ({ ...problem, sentence: describeProblem(flow.name, problem) })),
    };
  });
}

/** A folder that was copied: to Node-RED, nodes of one id are one node. */
function lintIds(flow: Flow, others: readonly Flow[]): FlowProblem[] {
  for (const other of others) {
    const ids = new Set(other.nodes.map((node) => node.id));
    const twin = flow.nodes.find((node) => ids.has(node.id));
    if (twin === undefined) continue;
    const text = `has the same id as a node of flow ${other.name}`;
    return [problemOf(twin, { text, remedy: "copy flows in the editor, by export and import as a copy" })];
  }
  return [];
}
