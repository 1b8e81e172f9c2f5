import type { NodeConfig } from "../node-red.ts";
import type { Flow } from "../storage/flow-folders.ts";

/**
 * What has to run so that one flow can be tested alone: the flow, also as a draft, and the flows that its link nodes lead
 * to. These take no records of their own, so that nothing happens but what the flow under test does.
 */
export function flowUnderTest(flow: Flow, all: readonly Flow[]): Flow[] {
  const linked = linkedFlows(flow, all, new Set([flow]));
  return [
    withNodes(flow, (node) => (node.type === "tab" ? { ...node, disabled: false } : node)),
    ...linked.map((one) =>
      withNodes(one, (node) => (node.type === "record in" ? { ...node, d: true } : node)),
    ),
  ];
}

function linkedFlows(flow: Flow, all: readonly Flow[], seen: Set<Flow>): Flow[] {
  const ends = new Set(flow.nodes.filter(leadsAway).flatMap((node) => node["links"] as string[]));
  const next = all.filter((one) => !seen.has(one) && one.nodes.some((node) => ends.has(node.id)));
  for (const one of next) seen.add(one);
  return [...next, ...next.flatMap((one) => linkedFlows(one, all, seen))];
}

function leadsAway(node: NodeConfig): boolean {
  return (node.type === "link out" || node.type === "link call") && Array.isArray(node["links"]);
}

function withNodes(flow: Flow, change: (node: NodeConfig) => NodeConfig): Flow {
  return { ...flow, nodes: flow.nodes.map(change) };
}
