import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { Deployer } from "./storage/storage.ts";
import { plainId } from "./versions/version-copy.ts";

/** What the hub uses of Node-RED 5, which brings no types of its own. */
export type NodeRed = {
  init(server: Server | null, settings: Record<string, unknown>): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  httpAdmin: (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
  hooks: {
    add(name: string, hook: unknown): void;
    remove(name: string): void;
  };
  events: {
    on(event: string, listener: (event: FlowsEvent) => void): void;
    prependListener(event: string, listener: (event: never) => void): void;
    removeListener(event: string, listener: (event: never) => void): void;
    eventNames(): (string | symbol)[];
    removeAllListeners(event: string | symbol): void;
  };
  nodes: {
    getType(type: string): unknown;
    getNode(id: string): LiveNode | null;
    getCredentials(id: string): unknown;
    /** What has been loaded; null before that. */
    getFlows(): { flows: NodeConfig[] } | null;
  };
  runtime: { flows: FlowsApi };
};

/** What the editor's routes call. */
export type FlowsApi = {
  getFlows(options: { user?: Deployer }): Promise<{ flows: NodeConfig[]; rev: string }>;
  /** One tab; `global`: what stands on none. */
  getFlow(options: {
    id?: string;
    user?: Deployer;
  }): Promise<{ configs?: NodeConfig[]; subflows?: NodeConfig[] }>;
  setFlows(options: SetFlows): Promise<{ rev: string }>;
};
export type SetFlows = {
  flows: {
    flows: NodeConfig[];
    rev?: string;
    /** What its author says about it. */
    comment?: unknown;
  };
  deploymentType: string;
  user?: Deployer;
};

/** What Node-RED tells open editors. */
export type RuntimeEvent = { id: string; payload?: { revision?: string } };

/** `flows:stopping`, `flows:started`: what a deploy is about to do, or has done. */
export type FlowsEvent = {
  config: { flows: NodeConfig[] };
  type: "full" | "nodes" | "flows";
  diff?: {
    added: string[];
    changed: string[];
    removed: string[];
    rewired: string[];
    linked: string[];
    flowChanged: string[];
  };
};

/** One entry of a flow file: a tab, a node on it, a group, a subflow or a configuration node. */
export type NodeConfig = {
  id: string;
  type: string;
  /** Tab or subflow that the node stands on. */
  z?: string;
  name?: string;
  label?: string;
  disabled?: boolean;
  wires?: string[][];
  [property: string]: unknown;
};

/** A message inside a flow. `_msgid` ties every copy to the hub message it came from. */
export type RedMessage = { _msgid?: string; payload?: unknown; [property: string]: unknown };

/** A node as it runs. */
export type LiveNode = {
  id: string;
  type: string;
  z?: string;
  name?: string;
  /** What each output leads to, as it is drawn now: a deploy may change the wires of a node that goes on. */
  wires: string[][];
  on(event: "input", handler: (message: RedMessage, send: Send, done: Done) => void | Promise<void>): void;
  on(event: "close", handler: () => void): void;
  send(message: RedMessage | (RedMessage | RedMessage[] | null)[]): void;
  receive(message: RedMessage): void;
  status(status: { fill?: string; shape?: string; text?: string }): void;
};
export type Send = (message: RedMessage | (RedMessage | RedMessage[] | null)[]) => void;
export type Done = (error?: unknown) => void;

/** The id that ties a copy to its message: nodes keep it when they send on what they received. */
export function messageKey(message: RedMessage): string | undefined {
  return message["_msgid"];
}

/** The tab that a node stands on, also from inside a subflow: its path is `<tab>/<subflow instance>/.../<node>`. In an older version, the tab of the copy. */
export function tabOf(node: LiveNode): string {
  return internals(node)["_path"]?.split("/")[0] ?? node.z ?? "";
}

/**
 * Names the node wherever it runs, in whatever version: its id; inside a subflow, whose nodes get new ids at each start, the
 * way to it.
 */
export function addressOf(node: LiveNode): string {
  return pathOf(node).map(plainId).join("/");
}

/** The node and the subflow instances around it, from the outermost in, by the ids under which they run. */
export function pathOf(node: LiveNode): string[] {
  const path = internals(node)["_path"]?.split("/").slice(1) ?? [];
  return path.length === 0 ? [node.id] : path;
}

/**
 * The nodes as they are drawn that lead to this address, the node itself last: the instances of subflows it runs in, each
 * without the version that it runs at.
 */
export function stationsOf(address: string): string[] {
  return address.split("/").map((id) => id.split("~", 1)[0] ?? id);
}

/** Whether the node says when it has finished with a message. */
export function saysDone(node: LiveNode): boolean {
  return (internals(node)["_expectedDoneCount"] ?? 0) > 0;
}

/** Whether the node handles messages at all; configuration nodes and sources do not. */
export function takesInput(node: LiveNode): boolean {
  return (internals(node)["_inputCallback"] ?? internals(node)["_inputCallbacks"] ?? null) !== null;
}

type Internals = {
  _path?: string;
  /** How many of the input handlers take `done`. */
  _expectedDoneCount?: number;
  _inputCallback?: unknown;
  _inputCallbacks?: unknown;
};

function internals(node: LiveNode): Internals {
  return node as unknown as Internals;
}

/** Node-RED keeps its state in module variables: there is one of it per process, whoever asks. */
export function requireNodeRed(): NodeRed {
  return createRequire(import.meta.url)("node-red") as NodeRed;
}

/** Node-RED listens anew to what open editors say with every start, and does not let go when it stops. */
export function forgetEditors({ events }: NodeRed): void {
  for (const event of events.eventNames())
    if (String(event).startsWith("comms:")) events.removeAllListeners(event);
}

/** The nodes that a deploy is about to stop, as Node-RED decides it. */
export function nodesStoppedBy({ type, diff }: FlowsEvent): "all" | Set<string> {
  if (type === "full" || diff === undefined) return "all";
  const beyondNodes = type === "flows" ? [...diff.linked, ...diff.rewired] : [];
  return new Set([...diff.changed, ...diff.removed, ...diff.flowChanged, ...beyondNodes]);
}
