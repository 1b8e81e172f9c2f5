import type { Log } from "../../adapter-kit/contract.ts";
import type { Deployed, DeployPlan } from "../deploy.ts";
import { type NodeConfig, type NodeRed, saysDone, takesInput } from "../node-red.ts";
import type { Flow } from "../storage/flow-folders.ts";
import { isKnownType } from "./known-types.ts";
import { describeProblem, type FlowProblem, legacyProblem, SYNCHRONOUS_TYPES } from "./lint.ts";
import { lintDeployed } from "./lint-deployed.ts";

/** Why flows are refused that this process has. */
export class FlowProblems {
  readonly #nodeRed: NodeRed;
  readonly #log: Log;
  readonly #synchronousTypes: ReadonlySet<string>;
  readonly #byTab = new Map<string, FlowProblem[]>();

  constructor(nodeRed: NodeRed, log: Log, synchronousTypes: readonly string[]) {
    this.#nodeRed = nodeRed;
    this.#log = log;
    this.#synchronousTypes = new Set([...SYNCHRONOUS_TYPES, ...synchronousTypes]);
  }

  has(tab: string): boolean {
    return this.#byTab.has(tab);
  }

  inWords({ tab, name }: Flow): string[] {
    return (this.#byTab.get(tab) ?? []).map((found) => describeProblem(name, found));
  }

  /** Of all flows, as their nodes are configured. */
  lintAll({ flows, shared }: Deployed): void {
    this.#byTab.clear();
    for (const flow of flows) this.#refuse(flow, this.#lint(flow, shared));
  }

  /** Of the flows that a deploy would start anew. */
  wouldBe(plan: DeployPlan, { flows, shared }: Deployed): string[] {
    const touched = flows.filter((flow) => flow.enabled && !plan.unchanged.includes(flow.tab));
    return touched.flatMap((flow) =>
      this.#lint(flow, shared).map((found) => describeProblem(flow.name, found)),
    );
  }

  /** What was found on these tabs is over: other nodes are there now. */
  forget(tabs: readonly string[]): void {
    for (const tab of tabs) this.#byTab.delete(tab);
  }

  /** Looks at the running nodes for what their configuration does not tell: input handlers that take no `done`. */
  inspect(flows: readonly Flow[]): void {
    for (const flow of flows) {
      const found = flow.nodes.filter((node) => this.#isLegacy(node)).map(legacyProblem);
      if (found.length > 0) this.#refuse(flow, found);
    }
  }

  #lint(flow: Flow, shared: readonly NodeConfig[]): FlowProblem[] {
    return lintDeployed(flow, shared, (type) => isKnownType(this.#nodeRed, type, shared));
  }

  #refuse(flow: Flow, problems: FlowProblem[]): void {
    if (problems.length === 0) return;
    this.#byTab.set(flow.tab, problems);
    for (const found of problems)
      this.#log.error({ flow: flow.name, node: found.node }, describeProblem(flow.name, found));
  }

  #isLegacy(config: NodeConfig): boolean {
    const node = this.#nodeRed.nodes.getNode(config.id);
    if (node === null || this.#synchronousTypes.has(config.type) || config.type.startsWith("subflow:"))
      return false;
    return takesInput(node) && !saysDone(node);
  }
}
