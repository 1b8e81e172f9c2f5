import { createHash } from "node:crypto";
import { NaveError } from "../../errors.ts";
import type { FlowsApi, NodeConfig, NodeRed, RuntimeEvent, SetFlows } from "../node-red.ts";
import type { Deployer } from "../storage/storage.ts";
import { isCopied } from "../versions/version-copy.ts";

type Surroundings = {
  /** Resolves when the deploy before has started its flows: Node-RED answers earlier. */
  ready(): Promise<void>;
  /** What is to run besides these nodes when they are deployed; `undo` where they are refused. */
  beside(nodes: readonly NodeConfig[]): { nodes: NodeConfig[]; undo: () => void };
  /** Who deployed what runs now, in words. */
  lastDeploy(): string;
};

/**
 * What the editor, and whoever else asks Node-RED, sees of the flows that run: the newest version of each. Older versions that
 * run beside them are taken out of what is read, and put to what is deployed; the revision is that of what is seen.
 */
export class EditorView {
  readonly #nodeRed: NodeRed;
  readonly #around: Surroundings;
  readonly #original: FlowsApi;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(nodeRed: NodeRed, around: Surroundings) {
    this.#nodeRed = nodeRed;
    this.#around = around;
    this.#original = { ...nodeRed.runtime.flows };
  }

  attach(): void {
    const { flows } = this.#nodeRed.runtime;
    flows.getFlows = async (options) => {
      const { flows: all, ...rest } = await this.#original.getFlows(options);
      const seen = all.filter(isSeen);
      return { ...rest, flows: seen, rev: revisionOf(seen) };
    };
    flows.getFlow = async (options) => {
      const flow = await this.#original.getFlow(options);
      const only = (name: "configs" | "subflows") => flow[name] && { [name]: flow[name].filter(isSeen) };
      return { ...flow, ...only("configs"), ...only("subflows") };
    };
    flows.setFlows = (options) => this.inTurn(() => this.#deploy(options));
    // Before Node-RED tells open editors: these ask for nothing when the revision is the one that they have.
    this.#nodeRed.events.prependListener("runtime-event", this.#onRuntimeEvent);
  }

  detach(): void {
    Object.assign(this.#nodeRed.runtime.flows, this.#original);
    this.#nodeRed.events.removeListener("runtime-event", this.#onRuntimeEvent);
  }

  /** Resolves when the flows that were deployed last run. */
  ready(): Promise<void> {
    return this.#around.ready();
  }

  /** Runs what changes flows one after the other; within it, `deploy` deploys. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Deploys these nodes, absent: those that run, with what is to run beside them, and resolves when they have started. Only
   * within `inTurn`.
   */
  async deploy(nodes: readonly NodeConfig[] = this.#running(), user: Deployer = {}): Promise<void> {
    await this.#deployWithOlder({ flows: { flows: [...nodes] }, deploymentType: "flows", user });
    await this.#around.ready();
  }

  async #deploy(options: SetFlows): Promise<{ rev: string }> {
    await this.#around.ready();
    if (options.deploymentType === "reload") return this.#original.setFlows(options);
    const { rev, ...flows } = options.flows;
    if (rev !== undefined && rev !== revisionOf(this.#running())) throw this.#overtaken();
    await this.#deployWithOlder({ ...options, flows });
    return { rev: revisionOf(this.#running()) };
  }

  async #deployWithOlder({ flows, ...options }: SetFlows): Promise<void> {
    const seen = flows.flows.filter(isSeen);
    const { nodes, undo } = this.#around.beside(seen);
    try {
      await this.#original.setFlows({ ...options, flows: { ...flows, flows: [...seen, ...nodes] } });
    } catch (error) {
      undo();
      throw error;
    }
  }

  #running(): NodeConfig[] {
    return (this.#nodeRed.nodes.getFlows()?.flows ?? []).filter(isSeen);
  }

  #overtaken(): Error {
    return refusedAs409(`not deployed: ${this.#around.lastDeploy()} meanwhile, and you have not seen that`);
  }

  readonly #onRuntimeEvent = (event: RuntimeEvent): void => {
    if (event.id !== "runtime-deploy" || event.payload === undefined) return;
    event.payload.revision = revisionOf(this.#running());
  };
}

/** The editor offers to compare and merge when it is answered so. */
export function refusedAs409(text: string): Error {
  const error = new NaveError("NAVE_REQUEST_INVALID", text, {
    accepts: "a deploy that is made from the newest flows: review the changes, merge, deploy again",
  });
  return Object.assign(error, { status: 409 });
}

function isSeen({ id }: NodeConfig): boolean {
  return !isCopied(id);
}

function revisionOf(nodes: readonly NodeConfig[]): string {
  return createHash("sha256").update(JSON.stringify(nodes)).digest("hex");
}
