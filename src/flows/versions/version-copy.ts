import type { NodeConfig } from "../node-red.ts";

/** Behind the id of every node of a copy stands this and the version that it is a copy of. */
const MARK = /~[0-9a-f]{12}$/;

/** The id as the editor knows it. */
export function plainId(id: string): string {
  return id.replace(MARK, "");
}

export function isCopied(id: string): boolean {
  return MARK.test(id);
}

/** Properties that hold ids of other nodes on the canvas. Configuration nodes can be named in any property. */
const REFERENCES = new Set(["id", "z", "g", "wires", "links", "scope", "nodes", "in", "out", "status"]);

/** Sends without being sent anything, and may in an older version: what goes on there, and what other nodes of it have to say. */
const SPEAKS_WHEN_SPOKEN_TO = new Set([
  "record in",
  "collect",
  "deadline",
  "approve",
  "compensate",
  "schedule",
  "catch",
  "complete",
  "status",
  "link in",
]);

/**
 * A version of a flow as it can run beside a newer one: every node under an id of its own. What begins by itself (timers,
 * subscriptions, files that are watched) is switched off: the newer version does so already.
 *
 * @param nodes  With the subflows and configuration nodes that the flow uses, as `deployedNodes` gives them.
 */
export function copyOf(nodes: readonly NodeConfig[], version: string): NodeConfig[] {
  const ids = new Set(nodes.map(({ id }) => id));
  const named = new Set(nodes.filter(isNamedAnywhere).map(({ id }) => id));
  const suffixed = (value: unknown, known: ReadonlySet<string>): unknown => {
    if (typeof value === "string") return known.has(value) ? `${value}~${version}` : value;
    if (Array.isArray(value)) return value.map((item) => suffixed(item, known));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, suffixed(inner, known)]));
  };
  const reached = reachedByWires(nodes);
  return nodes.map(({ credentials: _credentials, ...node }) => {
    const entries = Object.entries(node).map(([name, value]) => [
      name,
      suffixed(value, REFERENCES.has(name) ? ids : named),
    ]);
    const type = node.type.replace(/^subflow:(.+)$/, (all, id) => (ids.has(id) ? `${all}~${version}` : all));
    const beginsByItself =
      node.wires !== undefined && !reached.has(node.id) && !SPEAKS_WHEN_SPOKEN_TO.has(node.type);
    return { ...Object.fromEntries(entries), type, ...(beginsByItself ? { d: true } : {}) } as NodeConfig;
  });
}

function isNamedAnywhere({ type, wires }: NodeConfig): boolean {
  return wires === undefined && type !== "tab" && type !== "group" && type !== "comment";
}

function reachedByWires(nodes: readonly NodeConfig[]): Set<string> {
  const outputs = nodes.flatMap((node) => (node.wires ?? []).flat());
  const ports = nodes.flatMap((node) =>
    node.type === "subflow" ? ([node["in"] ?? []].flat() as Port[]) : [],
  );
  return new Set([...outputs, ...ports.flatMap(({ wires }) => (wires ?? []).map(({ id }) => id))]);
}

type Port = { wires?: { id: string }[] };
