import { isDeepStrictEqual } from "node:util";
import { NaveError } from "../../errors.ts";
import { type Deployed, deployedNodes, deployedVersion } from "../deploy.ts";
import type { NodeConfig } from "../node-red.ts";
import { splitFlow, versionOf } from "../storage/flow-files.ts";
import { type Flow, sortIntoFlows } from "../storage/flow-folders.ts";
import { compareFlows, type FlowDifference } from "./compare-flows.ts";

/** A flow as it is to be: its own nodes, and the subflows and configuration nodes that it uses. */
export type WantedFlow = { tab: string; nodes: readonly NodeConfig[] };

export type Replacement = {
  wanted: readonly WantedFlow[];
  /** Tabs of flows that are to go. */
  removed?: readonly string[];
  /** What several flows use may change for all of them. Otherwise that is refused. */
  withShared?: boolean;
};

/** What a replacement does to one flow. */
export type FlowChange = {
  flow: string;
  tab: string;
  versions: { before?: string; after?: string };
  difference: FlowDifference;
};

export type Replaced = {
  deployed: Deployed;
  nodes: NodeConfig[];
  /** The flows that are different then, be it in their drawing only. */
  changes: FlowChange[];
};

/**
 * What a hub would have with these flows in place of its own.
 *
 * A subflow or configuration node that the wanted flows bring along is taken as they bring it where no other flow uses the one
 * that is there.
 *
 * @throws NAVE_REQUEST_INVALID when another flow uses it and it differs, or another flow has a node of the same id.
 */
export function replaceFlows(now: Deployed, { wanted, removed = [], withShared }: Replacement): Replaced {
  const gone = new Set([...removed, ...wanted.map(({ tab }) => tab)]);
  const kept = now.flows.filter(({ tab }) => !gone.has(tab));
  refuseTwins(wanted, kept);
  const shared = mergeShared(now.shared, wanted, kept, withShared ?? false);
  const own = wanted.flatMap(({ tab, nodes }) => nodes.filter((node) => isOn(tab, node)));
  const order = new Map(now.flows.map(({ tab }, at) => [tab, at]));
  const flows = [...kept.flatMap((flow) => flow.nodes), ...own];
  const rank = (node: NodeConfig) => order.get(node.type === "tab" ? node.id : (node.z ?? "")) ?? order.size;
  const nodes = [...flows.toSorted((a, b) => rank(a) - rank(b)), ...shared];
  const deployed = sortIntoFlows(nodes, now.flows);
  return { deployed, nodes, changes: changesBetween(now, deployed) };
}

/** The flows that differ, by their tabs; each with what is different. */
export function changesBetween(before: Deployed, after: Deployed): FlowChange[] {
  const tabs = new Set([...before.flows, ...after.flows].map(({ tab }) => tab));
  return [...tabs].flatMap((tab) => {
    const [old, now] = [before, after].map(({ flows }) => flows.find((flow) => flow.tab === tab));
    const [oldNodes, nowNodes] = [nodesOf(old, before.shared), nodesOf(now, after.shared)];
    if (isDeepStrictEqual(splitFlow(oldNodes), splitFlow(nowNodes))) return [];
    return {
      flow: (now ?? old)?.name ?? tab,
      tab,
      versions: {
        ...(old && { before: deployedVersion(old, before.shared) }),
        ...(now && { after: deployedVersion(now, after.shared) }),
      },
      difference: compareFlows(oldNodes, nowNodes),
    };
  });
}

function nodesOf(flow: Flow | undefined, shared: readonly NodeConfig[]): NodeConfig[] {
  return flow === undefined ? [] : deployedNodes(flow, shared);
}

function refuseTwins(wanted: readonly WantedFlow[], kept: readonly Flow[]): void {
  for (const flow of kept) {
    const ids = new Set(flow.nodes.map(({ id }) => id));
    const twin = wanted.flatMap(({ nodes }) => nodes).find(({ id }) => ids.has(id));
    if (twin === undefined) continue;
    throw new NaveError("NAVE_REQUEST_INVALID", `flow ${flow.name} has a node ${twin.id} too`, {
      accepts: "nodes that are in no other flow: copy flows in the editor, by export and import as a copy",
    });
  }
}

/** A subflow and what is in it, or a configuration node: what stands on no tab. */
type Unit = NodeConfig[];

function mergeShared(
  now: readonly NodeConfig[],
  wanted: readonly WantedFlow[],
  kept: readonly Flow[],
  withShared: boolean,
): NodeConfig[] {
  const units = unitsOf(now);
  for (const { tab, nodes } of wanted) {
    for (const [id, unit] of unitsOf(nodes.filter((node) => !isOn(tab, node)))) {
      const there = units.get(id);
      const users = there !== undefined && versionOf(there) !== versionOf(unit) ? usersOf(id, kept, now) : [];
      if (users.length > 0 && !withShared) throw usedElsewhere(unit, users);
      units.set(id, unit);
    }
  }
  return [...units.values()].flat();
}

function unitsOf(nodes: readonly NodeConfig[]): Map<string, Unit> {
  const subflows = new Set(nodes.filter(({ type }) => type === "subflow").map(({ id }) => id));
  const roots = nodes.filter(({ z }) => !subflows.has(z ?? ""));
  return new Map(roots.map((root) => [root.id, [root, ...nodes.filter(({ z }) => z === root.id)]]));
}

function usersOf(id: string, flows: readonly Flow[], shared: readonly NodeConfig[]): string[] {
  return flows
    .filter((flow) => deployedNodes(flow, shared).some((node) => node.id === id))
    .map(({ name }) => name);
}

function usedElsewhere([root]: Unit, users: readonly string[]): NaveError {
  const name = root?.name ? ` "${root.name}"` : "";
  const what = `${root?.type === "subflow" ? "subflow" : root?.type}${name} (${root?.id})`;
  const text = `${what} is different now, and used by ${users.join(", ")} too`;
  return new NaveError("NAVE_REQUEST_INVALID", text, {
    accepts: "withShared (--with-shared): these flows then change with it. Or change them first",
  });
}

function isOn(tab: string, { id, z }: NodeConfig): boolean {
  return id === tab || z === tab;
}
