import { NaveError } from "../errors.ts";
import type { Deployed } from "./deploy.ts";
import { type DeployOptions, FlowEngine, type FlowOptions } from "./flow-engine.ts";
import type { FlowMessage } from "./hub-port.ts";
import type { FlowState } from "./live-flows.ts";
import type { NodeConfig } from "./node-red.ts";
import type { AtWork } from "./tracking/completion-tracker.ts";
import type { LiveWaiter } from "./waiters.ts";

export type { FlowOptions } from "./flow-engine.ts";
export type { FlowState } from "./live-flows.ts";
export type { LiveWaiter } from "./waiters.ts";

export type FlowRuntime = {
  /**
   * Feeds the message to every live flow with a `record in` node for it, at the version that its epoch has of it. Resolves when
   * the hub has been told how it ended: settled, failed or rejected; a deploy meanwhile has it run again. Throws NAVE_FLOW_AWAY
   * when no live flow takes it, or one that does cannot run here, and what the port throws.
   */
  accept(messageId: string): Promise<void>;
  /**
   * Lets a message of kind `resumed` go on from the node that waited, in the version of its flow in which it waited, and
   * resolves like `accept`. Where neither that version nor the newest has the node, the hub is told that the message failed with
   * NAVE_FLOW_MISSING.
   */
  resume(messageId: string): Promise<void>;
  /** The deployed nodes from which messages go on. */
  waiters(): LiveWaiter[];
  /** Whether a live flow takes such messages that come from now on; a filter by system may still let single ones pass by. */
  takes(entity: string, kind: FlowMessage["kind"]): boolean;
  versions(): FlowState[];
  /** The newest epoch and its flows, with those that cannot run here. */
  deployed(): Deployed & { epoch: number };
  /**
   * Deploys these nodes, all that there shall be, as one epoch, and resolves with its number when they run. Throws
   * NAVE_CONFIG_INVALID when the hub could not keep its word about them, NAVE_REQUEST_INVALID when somebody else has deployed
   * meanwhile, or `by` may not change what they change.
   */
  deploy(nodes: readonly NodeConfig[], options: DeployOptions): Promise<number>;
  /** Types of nodes among these that are not installed. */
  unknownTypes(nodes: readonly NodeConfig[]): string[];
  /** Names of the credentials that have been entered into a node. */
  credentialsOf(node: string): string[];
  /** What the code that calls this is part of; undefined: of no node at work on a message. */
  atWork(): AtWork | undefined;
  /** Waits for the messages under way, up to the drain time; the rest fails and is tried again. */
  stop(): Promise<void>;
};

let running = false;

/**
 * Starts Node-RED in this process, with or without its editor, and runs the flows with counted completion.
 *
 * Node-RED keeps its state in module variables, so there can be one at a time in a process.
 */
export async function startFlows(options: FlowOptions): Promise<FlowRuntime> {
  if (running) {
    throw new NaveError(
      "NAVE_CONFIG_INVALID",
      "flows run in this process already: Node-RED is one per process",
      {
        accepts: "one startFlows per process, or stop() before the next",
      },
    );
  }
  running = true;
  const engine = new FlowEngine(options);
  try {
    await engine.start();
  } catch (error) {
    running = false;
    throw error;
  }
  return {
    accept: (messageId) => engine.accept(messageId),
    resume: (messageId) => engine.resume(messageId),
    waiters: () => engine.waiters(),
    atWork: () => engine.atWork(),
    takes: (entity, kind) => engine.takes(entity, kind),
    versions: () => engine.versions(),
    deployed: () => engine.deployed(),
    deploy: (nodes, deploy) => engine.deploy(nodes, deploy),
    unknownTypes: (nodes) => engine.unknownTypes(nodes),
    credentialsOf: (node) => engine.credentialsOf(node),
    stop: async () => {
      await engine.stop();
      running = false;
    },
  };
}
