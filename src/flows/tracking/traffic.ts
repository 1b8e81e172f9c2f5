import { addressOf, type LiveNode, stationsOf } from "../node-red.ts";
import type { Run } from "./completion-tracker.ts";

/** What has happened at a node since it was started. */
export type NodeTraffic = {
  /** Copies that have come to it, those of repeated attempts included. */
  messages: number;
  /** Of attempts that failed for what happened here. */
  failures: number;
};

/** `waiting`: copies that are inside, on the wire to it, or put on record there until something ends their wait. */
export type NodeCounts = NodeTraffic & { waiting: number };

/** How many messages wait on record at the node with this address. */
export type WaitsAtNode = { node: string; waiting: number };

/** Counts what passes each node that runs in this process; forgotten when the node is stopped. */
export class Traffic {
  readonly #byNode = new Map<LiveNode, NodeTraffic>();

  of(node: LiveNode): NodeTraffic {
    const known = this.#byNode.get(node);
    if (known !== undefined) return known;
    const traffic = { messages: 0, failures: 0 };
    this.#byNode.set(node, traffic);
    node.on("close", () => this.#byNode.delete(node));
    return traffic;
  }

  /**
   * By node as it is drawn, without those where nothing has happened. What goes on inside a subflow shows at the node in the
   * subflow, for all its instances together; failures and waiting also at the instance.
   */
  read(underWay: Iterable<Run>, waits: readonly WaitsAtNode[]): Record<string, NodeCounts> {
    const inside = countInside(underWay);
    const counts = new Counts();
    for (const [node, traffic] of this.#byNode) {
      counts.add(addressOf(node), { ...traffic, waiting: inside.get(traffic) ?? 0 });
    }
    for (const { node, waiting } of waits) counts.add(node, { messages: 0, failures: 0, waiting });
    return counts.byDrawnNode;
  }
}

function countInside(underWay: Iterable<Run>): Map<NodeTraffic, number> {
  const inside = new Map<NodeTraffic, number>();
  for (const run of underWay) {
    for (const { place } of run.steps) inside.set(place.traffic, (inside.get(place.traffic) ?? 0) + 1);
  }
  return inside;
}

class Counts {
  readonly byDrawnNode: Record<string, NodeCounts> = {};

  add(address: string, more: NodeCounts): void {
    if (more.messages + more.failures + more.waiting === 0) return;
    const stations = stationsOf(address);
    for (const [index, id] of stations.entries()) {
      const isNode = index === stations.length - 1;
      if (!isNode && more.failures + more.waiting === 0) continue;
      this.byDrawnNode[id] ??= { messages: 0, failures: 0, waiting: 0 };
      const counts = this.byDrawnNode[id];
      if (isNode) counts.messages += more.messages;
      counts.failures += more.failures;
      counts.waiting += more.waiting;
    }
  }
}
