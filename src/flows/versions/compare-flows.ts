import type { NodeConfig } from "../node-red.ts";
import { splitFlow, versionOf } from "../storage/flow-files.ts";
import { type Difference, differences } from "./differences.ts";

export type NamedNode = { id: string; type: string; name?: string };
/** A wire from an output, counted from 1, to a node. */
export type Wire = { from: NamedNode; output: number; to: NamedNode };

/** What is different in the later of two versions of a flow. */
export type FlowDifference = {
  /** What the flow does is different. False: nothing is, or only what is drawn and said on the canvas. */
  behaves: boolean;
  added: NamedNode[];
  removed: NamedNode[];
  /** By property, at the deepest level that both versions have. */
  changed: (NamedNode & { properties: Difference[] })[];
  wired: Wire[];
  unwired: Wire[];
  /** Nodes that stand elsewhere, or are drawn in another way. */
  redrawn: NamedNode[];
};

/**
 * Compares two versions of a flow node by node. Nodes are recognised by their ids; a flow that is not there has none.
 *
 * @param before  With the subflows and configuration nodes that the flow uses, as `deployedNodes` gives them.
 */
export function compareFlows(before: readonly NodeConfig[], after: readonly NodeConfig[]): FlowDifference {
  const [old, now] = [byId(before), byId(after)];
  const both = [...now.values()].filter((node) => old.has(node.id));
  const oldWires = wiresOf(before);
  const nowWires = wiresOf(after);
  const [oldLayout, nowLayout] = [splitFlow(before).layout, splitFlow(after).layout];
  return {
    behaves: versionOf(before) !== versionOf(after),
    added: [...now.values()].filter((node) => !old.has(node.id)).map(named),
    removed: [...old.values()].filter((node) => !now.has(node.id)).map(named),
    changed: both
      .map((node) => ({ ...named(node), properties: propertyChanges(old.get(node.id) ?? node, node) }))
      .filter(({ properties }) => properties.length > 0),
    wired: [...nowWires].filter(([key]) => !oldWires.has(key)).map(([, wire]) => wire),
    unwired: [...oldWires].filter(([key]) => !nowWires.has(key)).map(([, wire]) => wire),
    redrawn: both.filter(({ id }) => differences(oldLayout[id], nowLayout[id]).length > 0).map(named),
  };
}

function byId(nodes: readonly NodeConfig[]): Map<string, NodeConfig> {
  return new Map(nodes.map((node) => [node.id, node]));
}

function named({ id, type, name, label }: NodeConfig): NamedNode {
  const called = name === undefined || name === "" ? label : name;
  return called === undefined || called === "" ? { id, type } : { id, type, name: called };
}

function propertyChanges(before: NodeConfig, after: NodeConfig): Difference[] {
  return differences(behaviourOf(before), behaviourOf(after));
}

/** The node without its wires and its place on the canvas, code as one text. */
function behaviourOf(node: NodeConfig): Record<string, unknown> {
  const { layout } = splitFlow([node]);
  const drawn = new Set([...Object.keys(layout[node.id] ?? {}), "wires", "credentials"]);
  return Object.fromEntries(Object.entries(node).filter(([name]) => !drawn.has(name)));
}

function wiresOf(nodes: readonly NodeConfig[]): Map<string, Wire> {
  const known = byId(nodes);
  const wires = new Map<string, Wire>();
  for (const node of nodes) {
    for (const [at, output] of (node.wires ?? []).entries()) {
      for (const id of output) {
        const to = known.get(id);
        const wire = { from: named(node), output: at + 1, to: to ? named(to) : { id, type: "unknown" } };
        wires.set(JSON.stringify([node.id, at, id]), wire);
      }
    }
  }
  return wires;
}
