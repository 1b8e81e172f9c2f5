import type { NodeConfig } from "../node-red.ts";
import type { Flow } from "../storage/flow-folders.ts";
import { type FlowProblem, lintFlow, problemOf } from "./lint.ts";

/** What the hub could not track of a flow as it runs: its nodes, those of the subflows that it uses, and their wires. */
export function lintDeployed(
  flow: Flow,
  shared: readonly NodeConfig[],
  isKnownType: (type: string) => boolean,
): FlowProblem[] {
  const nodes = [...flow.nodes, ...subflowNodes(flow.nodes, shared)];
  return [...lintFlow(nodes, isKnownType), ...lintWires(nodes)];
}

/** Wires to a node that is not there, as a merge of two edits can leave them: what is sent there would end unseen. */
function lintWires(nodes: readonly NodeConfig[]): FlowProblem[] {
  const places = new Set(nodes.map((node) => placeOf(node.z, node.id)));
  return nodes.flatMap((node) =>
    wiresFrom(node)
      .filter(({ z, to }) => !places.has(placeOf(z, to)))
      .map(({ to }) =>
        problemOf(node, {
          text: `is wired to ${to}, which is not there`,
          remedy: "remove the wire, or bring the node back",
        }),
      ),
  );
}

function wiresFrom(node: NodeConfig): { z: string | undefined; to: string }[] {
  const outputs = (node.wires ?? []).flat().map((to) => ({ z: node.z, to }));
  if (node.type !== "subflow") return outputs;
  // The ports of a subflow are wired to the nodes inside it, and to itself where a message passes straight through.
  const ports = [node["in"], node["out"]].flat() as ({ wires?: { id: string }[] } | undefined)[];
  const inside = ports.flatMap((port) => port?.wires ?? []).filter(({ id }) => id !== node.id);
  return [...outputs, ...inside.map(({ id }) => ({ z: node.id, to: id }))];
}

function placeOf(z: string | undefined, id: string): string {
  return `${z ?? ""}/${id}`;
}

/** The subflows that these nodes use, directly or through other subflows, and the nodes inside them. */
function subflowNodes(
  nodes: readonly NodeConfig[],
  shared: readonly NodeConfig[],
  seen = new Set<string>(),
): NodeConfig[] {
  return nodes.flatMap((node) => {
    const id = /^subflow:(.+)$/.exec(node.type)?.[1];
    if (id === undefined || seen.has(id)) return [];
    seen.add(id);
    const definition = shared.filter((one) => one.id === id);
    const inside = shared.filter((one) => one.z === id);
    return [...definition, ...inside, ...subflowNodes(inside, shared, seen)];
  });
}
