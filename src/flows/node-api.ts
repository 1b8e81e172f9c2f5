import type { RequestHandler, Router } from "express";
import type { JsonObject } from "../adapter-kit/contract.ts";
import type { DrawnCases } from "./cases/drawn-cases.ts";
import type { EditorVersions } from "./editor/editor-versions.ts";
import type {
  AmendedRecord,
  ApproveRequest,
  ArrivalAtNode,
  CallReply,
  CallRequest,
  CollectRequest,
  CompensateRequest,
  DeadlineRequest,
  HubPort,
} from "./hub-port.ts";
import type { LiveNode, NodeConfig, RedMessage } from "./node-red.ts";
import type { PathOnRecord } from "./tracking/path-on-record.ts";
import type { NodeCounts } from "./tracking/traffic.ts";
import type { SchedulePlan } from "./waits/schedule-plan.ts";

/** What a node file is given by Node-RED, as far as the hub's nodes use it. */
export type NodeApi = {
  nodes: {
    createNode(node: LiveNode, config: NodeConfig): void;
    registerType(
      type: string,
      create: (this: LiveNode, config: never) => void,
      options?: { settings: Record<string, { value: unknown; exportable: boolean }> },
    ): void;
  };
  util: {
    getMessageProperty(message: RedMessage, path: string): unknown;
    /** Makes what is missing on the way to the property. */
    setMessageProperty(message: RedMessage, path: string, value: unknown, createMissing: true): void;
    cloneMessage(message: RedMessage): RedMessage;
  };
  plugins: { registerPlugin(id: string, definition: { type: string }): void };
  /** The editor's own addresses, below where it is served. */
  httpAdmin: Router;
  auth: { needsPermission(permission: string): RequestHandler };
  /** `nave` is put there by the runtime: node files are loaded by Node-RED and cannot be handed arguments otherwise. */
  settings: { nave: FlowServices };
};

/** What the hub's nodes may use. */
export type FlowServices = {
  hub: HubPort;
  /** Names that the editor's forms suggest. */
  suggestions: {
    entities: readonly string[];
    systems: readonly string[];
    operations: readonly SuggestedOperation[];
  };
  /** A `record in` node is ready; the returned function takes it away again. */
  addSource(source: Source): () => void;
  /** A node from which messages go on is ready; the returned function takes it away again. */
  addWaiter(waiter: Waiter): () => void;
  /**
   * Puts on record that the message waits at this node. Afterwards the node may say that it is done. Without a key, each
   * message waits by itself.
   */
  wait(node: LiveNode, message: RedMessage, key: string | undefined, request: Waiting): Promise<void>;
  /** Ends what waits under this key. */
  meet(node: LiveNode, message: RedMessage, key: string): Promise<void>;
  /** Changes fields of the record that the message is about. */
  amend(node: LiveNode, message: RedMessage, changes: JsonObject): Promise<AmendedRecord>;
  /** Parks the message and keeps it from being settled when its other copies have ended. */
  reject(message: RedMessage, reason: { text: string; owner: string }): Promise<void>;
  /** Undefined: the message waits for the reply and runs through its flow again with it; this copy ends here. */
  call(message: RedMessage, request: CallRequest): Promise<CallReply | undefined>;
  /** Absent: none are on record. */
  versions?: EditorVersions;
  /** What has happened in this process, by the id of the node as it is drawn. */
  traffic(): Promise<Record<string, NodeCounts>>;
  cases: DrawnCases;
  /** Undefined: nothing is known of such a message. */
  readPath(messageId: string): Promise<PathOnRecord | undefined>;
};

export type SuggestedOperation = { system: string; name: string; kind: "command" | "query"; title: string };

/** A `record in` node: what it takes into its flow. */
export type Source = {
  node: LiveNode;
  entity: string;
  kind: "observed" | "changed";
  /** Only what this system was seen to hold; absent: any. */
  system?: string;
};

/** A node from which messages go on. */
export type Waiter = {
  node: LiveNode;
  outputs: number;
  /** Of a schedule. */
  plan?: SchedulePlan;
};

/** How a message waits, by the kind of node. */
export type Waiting =
  | Pick<CollectRequest, "kind" | "item" | "rules">
  | Pick<DeadlineRequest, "kind" | "due" | "message">
  | Omit<ApproveRequest, keyof ArrivalAtNode>
  | Omit<CompensateRequest, keyof ArrivalAtNode>;
