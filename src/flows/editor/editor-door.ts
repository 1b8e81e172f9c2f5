import type { FlowPermits } from "../../access/flow-permissions.ts";
import { NaveError } from "../../errors.ts";
import type { FlowsApi, NodeConfig, NodeRed, SetFlows } from "../node-red.ts";
import type { Flow } from "../storage/flow-folders.ts";
import { type Deployer, userOf } from "../storage/storage.ts";

const LONGEST_COMMENT = 500;

/**
 * What each person is shown of the flows, and what becomes of it when they deploy. A flow that they may not read is left out,
 * and put back into what they deploy; one that they may not change is locked for them. Whether they may change what they have
 * changed is decided when it is saved, whatever way it came.
 */
export class EditorDoor {
  readonly #nodeRed: NodeRed;
  readonly #flows: () => readonly Flow[];
  readonly #permits: FlowPermits;
  readonly #inner: FlowsApi;

  constructor(nodeRed: NodeRed, flows: () => readonly Flow[], permits: FlowPermits) {
    this.#nodeRed = nodeRed;
    this.#flows = flows;
    this.#permits = permits;
    this.#inner = { ...nodeRed.runtime.flows };
  }

  attach(): void {
    const { flows } = this.#nodeRed.runtime;
    flows.getFlows = async (options) => {
      const { flows: all, ...rest } = await this.#inner.getFlows(options);
      const [hidden, locked] = [this.#hiddenFrom(options.user), this.#lockedFor(options.user)];
      const shown = all.filter((node) => !hidden.has(tabOf(node)));
      return {
        ...rest,
        flows: shown.map((node) => (locked.has(node.id) ? { ...node, locked: true } : node)),
      };
    };
    flows.getFlow = async (options) => {
      if (options.id !== undefined && this.#hiddenFrom(options.user).has(options.id))
        throw notThere(options.id);
      return this.#inner.getFlow(options);
    };
    flows.setFlows = (options) =>
      options.deploymentType === "reload"
        ? this.#inner.setFlows(options)
        : this.#inner.setFlows(this.#completed(options));
  }

  detach(): void {
    Object.assign(this.#nodeRed.runtime.flows, this.#inner);
  }

  #completed({ flows: { comment, ...flows }, ...options }: SetFlows): SetFlows {
    const hidden = this.#hiddenFrom(options.user);
    const locked = this.#lockedFor(options.user);
    const running = this.#nodeRed.nodes.getFlows()?.flows ?? [];
    const before = new Map(running.map((node) => [node.id, node]));
    const unlocked = (node: NodeConfig): NodeConfig => {
      const { locked: _, ...rest } = node;
      const old = before.get(node.id)?.["locked"];
      return old === undefined ? rest : { ...rest, locked: old };
    };
    const seen = flows.flows.filter((node) => !hidden.has(tabOf(node)));
    const nodes = seen.map((node) => (locked.has(node.id) ? unlocked(node) : node));
    const kept = running.filter((node) => hidden.has(tabOf(node)));
    return {
      ...options,
      flows: { ...flows, flows: [...nodes, ...kept] },
      user: { ...options.user, ...commentOf(comment) },
    };
  }

  #hiddenFrom(user: Deployer | undefined): Set<string> {
    return this.#tabs(({ name }) => !this.#permits(userOf(user), "read", name));
  }

  #lockedFor(user: Deployer | undefined): Set<string> {
    return this.#tabs(({ name, enabled }) => !this.#permits(userOf(user), enabled ? "deploy" : "edit", name));
  }

  #tabs(which: (flow: Flow) => boolean): Set<string> {
    return new Set(
      this.#flows()
        .filter(which)
        .map(({ tab }) => tab),
    );
  }
}

function tabOf({ id, type, z }: NodeConfig): string {
  return type === "tab" ? id : (z ?? "");
}

function commentOf(comment: unknown): { comment?: string } {
  const text = typeof comment === "string" ? comment.trim().slice(0, LONGEST_COMMENT) : "";
  return text === "" || text.includes("\0") ? {} : { comment: text };
}

function notThere(id: string): Error {
  const error = new NaveError("NAVE_REQUEST_INVALID", `there is no flow ${id}`);
  return Object.assign(error, { status: 404 });
}
