import type { NodeConfig } from "./node-red.ts";
import { versionOf } from "./storage/flow-files.ts";
import type { Flow } from "./storage/flow-folders.ts";

/** What a deploy does to each flow. */
export type DeployPlan = { added: string[]; changed: string[]; removed: string[]; unchanged: string[] };

export type Deployed = { flows: readonly Flow[]; shared: readonly NodeConfig[] };

/** Compares by what flows do: a flow of which only the drawing differs is unchanged. Flows are named by their tab. */
export function planDeploy(before: Deployed, after: Deployed): DeployPlan {
  const plan: DeployPlan = { added: [], changed: [], removed: [], unchanged: [] };
  const versions = new Map(before.flows.map((flow) => [flow.tab, deployedVersion(flow, before.shared)]));
  for (const flow of after.flows) {
    const version = versions.get(flow.tab);
    if (version === undefined) plan.added.push(flow.tab);
    else if (version === deployedVersion(flow, after.shared)) plan.unchanged.push(flow.tab);
    else plan.changed.push(flow.tab);
  }
  const left = new Set(after.flows.map((flow) => flow.tab));
  plan.removed = before.flows.map((flow) => flow.tab).filter((tab) => !left.has(tab));
  return plan;
}

/** The flow's version, with the subflows and configuration nodes that it uses. */
export function deployedVersion(flow: Flow, shared: readonly NodeConfig[]): string {
  return versionOf(deployedNodes(flow, shared));
}

/** The flow's nodes, and the subflows and configuration nodes that it uses. */
export function deployedNodes(flow: Flow, shared: readonly NodeConfig[]): NodeConfig[] {
  return [...flow.nodes, ...sharedBy(flow.nodes, shared)];
}

export function withoutCredentials(node: NodeConfig): NodeConfig {
  const copy = { ...node };
  delete copy["credentials"];
  return copy;
}

function sharedBy(nodes: readonly NodeConfig[], shared: readonly NodeConfig[]): NodeConfig[] {
  const used = new Map<string, NodeConfig>();
  const visit = (user: NodeConfig): void => {
    const names = new Set(
      Object.entries(user).flatMap(([name, value]) =>
        name !== "id" && typeof value === "string" ? [value] : [],
      ),
    );
    for (const one of shared) {
      const isUsed =
        names.has(one.id) ||
        user.type === `subflow:${one.id}` ||
        (user.type === "subflow" && one.z === user.id);
      if (!isUsed || used.has(one.id)) continue;
      used.set(one.id, one);
      visit(one);
    }
  };
  for (const node of nodes) visit(node);
  return [...used.values()];
}
