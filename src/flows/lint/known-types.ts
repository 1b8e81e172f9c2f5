import type { NodeConfig, NodeRed } from "../node-red.ts";

/** Whether a node of this type can run in this process. `among`: where its subflow would be. */
export function isKnownType(nodeRed: NodeRed, type: string, among: readonly NodeConfig[]): boolean {
  if (type === "tab" || type === "group" || type === "subflow") return true;
  const subflow = /^subflow:(.+)$/.exec(type)?.[1];
  if (subflow !== undefined) return among.some((node) => node.type === "subflow" && node.id === subflow);
  return (nodeRed.nodes.getType(type) ?? null) !== null;
}

export function unknownTypes(nodeRed: NodeRed, nodes: readonly NodeConfig[]): string[] {
  return [...new Set(nodes.map(({ type }) => type))].filter((type) => !isKnownType(nodeRed, type, nodes));
}
