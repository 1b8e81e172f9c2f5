import type { Log } from "../adapter-kit/contract.ts";
import { NaveError } from "../errors.ts";
import { type DeployPlan, deployedVersion, planDeploy } from "./deploy.ts";
import { type Flow, type FlowFolders, sortIntoFlows } from "./flow-folders.ts";
import { describeProblem, type FlowProblem, legacyProblem, SYNCHRONOUS_TYPES } from "./lint.ts";
import { lintDeployed } from "./lint-deployed.ts";
import { type NodeConfig, type NodeRed, saysDone, takesInput } from "./node-red.ts";
import type { FlowKeeper } from "./storage.ts";

/** One flow as this process has it. */
export type FlowState = {
  name: string;
  label: string;
  version: string;
  /** `draft`: its tab is disabled. `refused`: it cannot run with the hub's guarantees; the problems say why. */
  state: "live" | "draft" | "refused";
  problems: string[];
};

export type DeployGuard = {
  /** Called before the flows with these tabs are stopped; resolves when nothing is under way in them. */
  prepare(tabs: readonly string[]): Promise<void>;
  /** The deploy has been refused: go on with what was running. */
  abandon(): void;
};

/** Which flows there are, which of them may run, and what a deploy changes. Node-RED loads and saves through it. */
export class LiveFlows implements FlowKeeper {
  readonly #folders: FlowFolders;
  readonly #nodeRed: NodeRed;
  readonly #guard: DeployGuard;
  readonly #log: Log;
  readonly #synchronousTypes: ReadonlySet<string>;
  #flows: readonly Flow[] = [];
  #shared: readonly NodeConfig[] = [];
  /** Flows with nodes that Node-RED does not know: it would start none at all if it saw them. */
  #withheld: readonly Flow[] = [];
  readonly #problems = new Map<string, FlowProblem[]>();
  /** By tab, of what is loaded; made when first asked for. */
  readonly #versions = new Map<string, string>();

  constructor(options: {
    folders: FlowFolders;
    nodeRed: NodeRed;
    guard: DeployGuard;
    log: Log;
    synchronousTypes: readonly string[];
  }) {
    this.#folders = options.folders;
    this.#nodeRed = options.nodeRed;
    this.#guard = options.guard;
    this.#log = options.log;
    this.#synchronousTypes = new Set([...SYNCHRONOUS_TYPES, ...options.synchronousTypes]);
  }

  /** Reads the folders. A flow with problems is refused by itself; the others run. */
  async load(): Promise<NodeConfig[]> {
    const { flows, shared } = await this.#folders.read();
    this.#problems.clear();
    for (const flow of flows) this.#refuse(flow, this.#lint(flow, shared));
    this.#withheld = flows.filter((flow) => flow.nodes.some((node) => !this.#isKnownType(node.type, shared)));
    this.#flows = flows.filter((flow) => !this.#withheld.includes(flow));
    this.#shared = shared.filter((node) => this.#isKnownType(node.type, shared));
    this.#versions.clear();
    return [...this.#flows.flatMap((flow) => flow.nodes), ...this.#shared];
  }

  /** A deploy from the editor: refused as a whole when a flow that it changes cannot be tracked. */
  async save(nodes: NodeConfig[], author: string | undefined): Promise<void> {
    const before = { flows: this.#flows, shared: this.#shared };
    const after = sortIntoFlows(nodes, [...this.#flows, ...this.#withheld]);
    const plan = planDeploy(before, after);
    const touched = after.flows.filter((flow) => flow.enabled && !plan.unchanged.includes(flow.tab));
    const problems = touched.flatMap((flow) =>
      this.#lint(flow, after.shared).map((found) => describeProblem(flow.name, found)),
    );
    if (problems.length > 0)
      throw new NaveError("NAVE_CONFIG_INVALID", `not deployed: ${problems.join("; ")}`);
    await this.#guard.prepare([...plan.changed, ...plan.removed]);
    try {
      await this.#folders.write([...after.flows, ...this.#withheld], after.shared);
    } catch (error) {
      this.#guard.abandon();
      throw error;
    }
    this.#flows = after.flows;
    this.#shared = after.shared;
    this.#versions.clear();
    for (const tab of [...plan.added, ...plan.changed, ...plan.removed]) this.#problems.delete(tab);
    this.#announce(plan, author);
  }

  /** Looks at the running nodes for what their configuration does not tell: input handlers that take no `done`. */
  inspect(): void {
    for (const flow of this.#flows) {
      const found = flow.nodes.filter((node) => this.#isLegacy(node)).map(legacyProblem);
      if (found.length > 0) this.#refuse(flow, found);
    }
  }

  byTab(tab: string): Flow | undefined {
    return this.#flows.find((flow) => flow.tab === tab);
  }

  isLive(tab: string): boolean {
    return !this.#problems.has(tab) && this.byTab(tab)?.enabled === true;
  }

  /** The version of the flow on this tab, as it is deployed. */
  versionOf(tab: string): string {
    const known = this.#versions.get(tab);
    if (known !== undefined) return known;
    const flow = this.byTab(tab);
    const version = flow === undefined ? "" : deployedVersion(flow, this.#shared);
    this.#versions.set(tab, version);
    return version;
  }

  states(): FlowState[] {
    return [...this.#flows, ...this.#withheld].map((flow) => {
      const problems = this.#problems.get(flow.tab) ?? [];
      const running = flow.enabled ? "live" : "draft";
      return {
        name: flow.name,
        label: flow.nodes.find((node) => node.type === "tab")?.label ?? flow.name,
        version: deployedVersion(flow, this.#shared),
        state: problems.length > 0 ? "refused" : running,
        problems: problems.map((found) => describeProblem(flow.name, found)),
      };
    });
  }

  #lint(flow: Flow, shared: readonly NodeConfig[]): FlowProblem[] {
    return lintDeployed(flow, shared, (type) => this.#isKnownType(type, shared));
  }

  #refuse(flow: Flow, problems: FlowProblem[]): void {
    if (problems.length === 0) return;
    this.#problems.set(flow.tab, problems);
    for (const found of problems)
      this.#log.error({ flow: flow.name, node: found.node }, describeProblem(flow.name, found));
  }

  #isKnownType(type: string, shared: readonly NodeConfig[]): boolean {
    if (type === "tab" || type === "group" || type === "subflow") return true;
    const subflow = /^subflow:(.+)$/.exec(type)?.[1];
    if (subflow !== undefined) return shared.some((node) => node.type === "subflow" && node.id === subflow);
    return this.#nodeRed.nodes.getType(type) !== undefined && this.#nodeRed.nodes.getType(type) !== null;
  }

  #isLegacy(config: NodeConfig): boolean {
    const node = this.#nodeRed.nodes.getNode(config.id);
    if (node === null || this.#synchronousTypes.has(config.type) || config.type.startsWith("subflow:"))
      return false;
    return takesInput(node) && !saysDone(node);
  }

  #announce(plan: DeployPlan, author: string | undefined): void {
    const names = (tabs: string[]): string[] => tabs.map((tab) => this.byTab(tab)?.name ?? tab);
    const fields = { author, added: names(plan.added), changed: names(plan.changed), removed: plan.removed };
    this.#log.info(fields, "flows deployed");
  }
}
