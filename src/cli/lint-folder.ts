import { existsSync } from "node:fs";
import { FlowFolders } from "../flows/flow-folders.ts";
import { describeProblem, type FlowProblem, lintFlow } from "../flows/lint.ts";
import { CliError, EXIT } from "./exit-codes.ts";
import { isKnownNodeType } from "./known-node-types.ts";

export type LintedFlow = { flow: string; version: string; problems: (FlowProblem & { sentence: string })[] };

/** Finds what the hub would refuse in a folder of flows; starts nothing. */
export async function lintFolder(folder: string): Promise<LintedFlow[]> {
  if (!existsSync(folder))
    throw new CliError(EXIT.usage, `${folder} does not exist`, { accepts: "a folder of flows" });
  const { flows, shared } = await new FlowFolders(folder).read();
  const subflows = new Set(
    shared.filter((node) => node.type === "subflow").map((node) => `subflow:${node.id}`),
  );
  return flows.map(({ name, version, nodes }) => {
    const problems = lintFlow(nodes, (type) => subflows.has(type) || isKnownNodeType(type));
    return {
      flow: name,
      version,
      problems: problems.map((problem) => ({ ...problem, sentence: describeProblem(name, problem) })),
    };
  });
}
