import type { Deployment, FlowToDeploy } from "../../store/flow-versions.ts";
import { type Deployed, deployedNodes, deployedVersion, withoutCredentials } from "../deploy.ts";
import type { NodeConfig } from "../node-red.ts";
import { type Flow, flowOf } from "../storage/flow-folders.ts";
import { compareFlows } from "./compare-flows.ts";
import type { FlowLedger } from "./flow-ledger.ts";

/** The version of each flow, by its name. */
export function versionsOf({ flows, shared }: Deployed): Record<string, string> {
  return Object.fromEntries(flows.map((flow) => [flow.name, deployedVersion(flow, shared)]));
}

/** Flows as an epoch records them. `before`: what it replaces. */
export function flowsToDeploy(now: Deployed, before: Deployed): FlowToDeploy[] {
  return now.flows.map((flow) => {
    const nodes = deployedNodes(flow, now.shared).map(withoutCredentials);
    const old = before.flows.find(({ tab }) => tab === flow.tab);
    const version = deployedVersion(flow, now.shared);
    const isSame = old !== undefined && deployedVersion(old, before.shared) === version;
    const oldNodes = old === undefined ? [] : deployedNodes(old, before.shared);
    return {
      flow: flow.name,
      version,
      state: flow.enabled ? "live" : "draft",
      tab: flow.tab,
      nodes,
      difference: isSame ? null : compareFlows(oldNodes, nodes),
    };
  });
}

/** The flows of an epoch: this process's own where they are the same, with their layout; the others from the ledger. */
export async function flowsOfEpoch(
  deployments: readonly Deployment[],
  own: Deployed,
  ledger: FlowLedger,
): Promise<Deployed> {
  const ownVersions = versionsOf(own);
  const kept = own.flows.filter(({ name }) =>
    deployments.some(({ flow, version }) => flow === name && version === ownVersions[name]),
  );
  const flows: Flow[] = [...kept];
  const shared = new Map(own.shared.map((node) => [node.id, node]));
  for (const { flow, version } of deployments) {
    if (kept.some(({ name }) => name === flow)) continue;
    const recorded = await ledger.version(flow, version);
    if (recorded === undefined) continue;
    const isOnTab = ({ id, z }: NodeConfig) => id === recorded.tab || z === recorded.tab;
    flows.push(flowOf(flow, recorded.nodes.filter(isOnTab)));
    for (const node of recorded.nodes) if (!isOnTab(node)) shared.set(node.id, node);
  }
  return { flows, shared: [...shared.values()] };
}
