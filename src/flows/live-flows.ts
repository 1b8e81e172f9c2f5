import type { FlowPermits } from "../access/flow-permissions.ts";
import type { Log } from "../adapter-kit/contract.ts";
import { NaveError } from "../errors.ts";
import type { Epoch } from "../store/flow-versions.ts";
import { type Deployed, type DeployPlan, deployedNodes, deployedVersion, planDeploy } from "./deploy.ts";
import { refusedAs409 } from "./editor/editor-view.ts";
import { FlowProblems } from "./lint/flow-problems.ts";
import { isKnownType } from "./lint/known-types.ts";
import { refuseForbidden } from "./lint/refuse-forbidden.ts";
import type { NodeConfig, NodeRed } from "./node-red.ts";
import { type Flow, type FlowFolders, sortIntoFlows } from "./storage/flow-folders.ts";
import type { Deployer, FlowKeeper } from "./storage/storage.ts";
import { flowsOfEpoch, flowsToDeploy, versionsOf } from "./versions/flow-epoch.ts";
import type { FlowLedger } from "./versions/flow-ledger.ts";
import { type NoteKeeper, newestFlows } from "./versions/newest-flows.ts";
import type { OldVersions, Recorded } from "./versions/old-versions.ts";
import { isCopied } from "./versions/version-copy.ts";

/** One flow as this process has it. */
export type FlowState = {
  name: string;
  label: string;
  version: string;
  /** `draft`: its tab is disabled. `refused`: it cannot run with the hub's guarantees; the problems say why. */
  state: "live" | "draft" | "refused";
  problems: string[];
  /** Versions that run beside it, for what is still under way in them. */
  older: string[];
};

export type DeployGuard = {
  /** Called before the flows with these tabs are stopped; resolves when nothing is under way in them, or the time is up. */
  prepare(tabs: readonly string[]): Promise<void>;
  /** The deploy has been refused: go on with what was running. */
  abandon(): void;
};

/** The flows of an epoch; withheld are those with nodes that Node-RED does not know: it would start none at all if it saw them. */
type Taken = Deployed & { withheld: readonly Flow[]; withheldShared: readonly NodeConfig[] };

type Options = {
  folders: FlowFolders;
  note: NoteKeeper;
  ledger: FlowLedger;
  old: OldVersions;
  nodeRed: NodeRed;
  guard: DeployGuard;
  /** Other flows are the newest from now on. */
  changed(): void;
  log: Log;
  synchronousTypes: readonly string[];
  permits: FlowPermits;
};

/** Which flows there are, which of them may run, and what a deploy changes. Node-RED loads and saves through it. */
export class LiveFlows implements FlowKeeper {
  readonly #options: Options;
  #epoch: Epoch | undefined;
  #taken: Taken = { flows: [], shared: [], withheld: [], withheldShared: [] };
  readonly #problems: FlowProblems;
  /** By tab, of what is loaded; made when first asked for. */
  readonly #versions = new Map<string, string>();
  /** What this process deploys without being asked to: an epoch that another has recorded, or what runs, with other old versions. */
  #following: { epoch: Epoch; deployed: Deployed } | "what runs" | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#problems = new FlowProblems(options.nodeRed, options.log, options.synchronousTypes);
  }

  /** The epoch whose flows run here; 0: none yet. */
  get epoch(): number {
    return this.#epoch?.number ?? 0;
  }

  /** Who deployed what runs here, in words. */
  lastDeploy(): string {
    return this.#epoch === undefined ? "somebody has deployed" : inWords(this.#epoch);
  }

  /** The newest flows, by the folders or the ledger. A flow with problems is refused by itself; the others run. */
  async load(): Promise<NodeConfig[]> {
    const { old, nodeRed } = this.#options;
    const folder = await this.#options.folders.read();
    const { epoch, deployed } = await newestFlows(folder, this.#options);
    this.#take(epoch, deployed);
    await this.#keepFolder(deployed !== folder);
    const { flows, shared } = this.#taken;
    return [
      ...flows.flatMap((flow) => flow.nodes),
      ...shared,
      ...old.nodes((id) => nodeRed.nodes.getCredentials(id)),
    ];
  }

  /** A deploy from the editor: refused as a whole when a flow that it changes cannot be tracked. */
  async save(nodes: NodeConfig[], by: Deployer): Promise<void> {
    if (this.#following === "what runs") return this.#options.guard.prepare([]);
    if (this.#following !== undefined) return this.#follow(this.#following);
    this.#refuseWithoutOld(nodes);
    const { after, plan } = this.check(nodes, by);
    await this.#options.guard.prepare([...plan.changed, ...plan.removed]);
    try {
      await this.#record(after, plan, by);
    } catch (error) {
      this.#options.guard.abandon();
      throw error;
    }
    this.#become(after);
    this.#problems.forget([...plan.added, ...plan.changed, ...plan.removed]);
    this.#announce(plan, by.username);
    await this.#keepFolder(false);
  }

  /** What a deploy of these nodes does. Throws where it is refused. */
  check(nodes: readonly NodeConfig[], by: Deployer): { after: Taken; plan: DeployPlan } {
    const { withheld, withheldShared } = this.#taken;
    const sorted = this.#sort(nodes);
    const isElsewhere = ({ tab }: Flow) => sorted.flows.every((flow) => flow.tab !== tab);
    const isLeft = ({ id }: NodeConfig) => sorted.shared.every((node) => node.id !== id);
    const after = {
      ...sorted,
      withheld: withheld.filter(isElsewhere),
      withheldShared: withheldShared.filter(isLeft),
    };
    const [old, now] = [everythingOf(this.#taken), everythingOf(after)];
    const plan = planDeploy(old, now);
    refuseForbidden(old, now, this.#options.permits, by);
    const problems = this.#problems.wouldBe(plan, now);
    if (problems.length > 0)
      throw new NaveError("NAVE_CONFIG_INVALID", `not deployed: ${problems.join("; ")}`);
    return { after, plan };
  }

  /** Of these nodes, those that can run here. */
  runnable(nodes: readonly NodeConfig[]): NodeConfig[] {
    const { flows, shared } = this.#sift(this.#sort(nodes));
    return [...flows.flatMap((flow) => flow.nodes), ...shared];
  }

  /** The newest flows, with those that cannot run here. */
  deployed(): Deployed {
    return everythingOf(this.#taken);
  }

  /** Within `work`, what Node-RED saves are the flows of this epoch, or what runs already. */
  async deploying(
    what: { epoch: Epoch; deployed: Deployed } | "what runs",
    work: () => Promise<void>,
  ): Promise<void> {
    this.#following = what;
    try {
      await work();
    } finally {
      this.#following = undefined;
    }
  }

  /** The flows of another process's epoch, as they are to run here, without those that cannot. */
  async flowsOf(epoch: Epoch): Promise<{ deployed: Deployed; nodes: NodeConfig[] }> {
    const deployments = await this.#options.ledger.deployments(epoch.number);
    const deployed = await flowsOfEpoch(deployments, this.deployed(), this.#options.ledger);
    const { flows, shared } = this.#sift(deployed);
    return { deployed, nodes: [...flows.flatMap((flow) => flow.nodes), ...shared] };
  }

  /** The versions that run now and that a deploy of these nodes would end. */
  replacedBy(nodes: readonly NodeConfig[]): Recorded[] {
    const { flows, shared } = this.#taken;
    const plan = planDeploy(this.#taken, this.#sort(nodes));
    const ended = new Set([...plan.changed, ...plan.removed]);
    return flows
      .filter(({ tab }) => ended.has(tab) && this.isLive(tab))
      .map((flow) => ({
        flow: flow.name,
        version: this.versionOf(flow.tab),
        tab: flow.tab,
        nodes: deployedNodes(flow, shared),
      }));
  }

  /** Looks at the running nodes for what their configuration does not tell: input handlers that take no `done`. */
  inspect(): void {
    this.#problems.inspect(this.#taken.flows);
  }

  /** The flow on this tab; of the copy of an older version, that version. */
  byTab(tab: string): { name: string; older?: string } | undefined {
    const old = this.#options.old.byTab(tab);
    if (old !== undefined) return { name: old.flow, older: old.version };
    return this.#taken.flows.find((flow) => flow.tab === tab);
  }

  isLive(tab: string): boolean {
    if (this.#options.old.byTab(tab) !== undefined) return true;
    return !this.#problems.has(tab) && this.#taken.flows.some((flow) => flow.tab === tab && flow.enabled);
  }

  /** The version of the flow on this tab, as it is deployed. */
  versionOf(tab: string): string {
    const known = this.#options.old.byTab(tab)?.version ?? this.#versions.get(tab);
    if (known !== undefined) return known;
    const flow = this.#taken.flows.find((one) => one.tab === tab);
    const version = flow === undefined ? "" : deployedVersion(flow, this.#taken.shared);
    this.#versions.set(tab, version);
    return version;
  }

  /** The tab on which this version runs here, be it the newest or an older one. */
  tabOf(flow: string, version: string): string | undefined {
    const newest = this.#taken.flows.find(({ name }) => name === flow);
    if (newest !== undefined && this.versionOf(newest.tab) === version) return newest.tab;
    return this.#options.old.tabOf(flow, version);
  }

  /** Whether this version is that of the newest epoch, be it able to run here or not. */
  isNewest({ flow, version }: { flow: string; version: string }): boolean {
    const { flows, shared } = this.deployed();
    return flows.some((one) => one.name === flow && deployedVersion(one, shared) === version);
  }

  states(): FlowState[] {
    const { flows, withheld } = this.#taken;
    const { shared } = this.deployed();
    return [...flows, ...withheld].map((flow) => {
      const problems = this.#problems.inWords(flow);
      const running = flow.enabled ? "live" : "draft";
      return {
        name: flow.name,
        label: flow.nodes.find((node) => node.type === "tab")?.label ?? flow.name,
        version: deployedVersion(flow, shared),
        state: problems.length > 0 ? "refused" : running,
        problems,
        older: this.#options.old
          .all()
          .filter((one) => one.flow === flow.name)
          .map(({ version }) => version),
      };
    });
  }

  /** The epoch of another process. Its flows are not refused as a whole: they run elsewhere. */
  async #follow({ epoch, deployed }: { epoch: Epoch; deployed: Deployed }): Promise<void> {
    const plan = planDeploy(this.#taken, this.#sift(deployed));
    await this.#options.guard.prepare([...plan.changed, ...plan.removed]);
    this.#take(epoch, deployed);
    this.#announce(plan, epoch.author ?? undefined);
    await this.#keepFolder(true);
  }

  /** Writes the folders and, when a flow does something else than before, records the epoch: both or neither. */
  async #record(after: Taken, plan: DeployPlan, by: Deployer): Promise<void> {
    const { ledger } = this.#options;
    const write = () => this.#write(after);
    if (plan.added.length + plan.changed.length + plan.removed.length === 0) return write();
    const flows = flowsToDeploy(everythingOf(after), this.deployed());
    const { username: author = null, comment = null, origin = "editor" } = by;
    const result = await ledger.record({ after: this.epoch, author, comment, origin, flows }, write);
    if ("newest" in result)
      throw refusedAs409(`not deployed: ${inWords(result.newest)} meanwhile, on another hub`);
    this.#epoch = { number: result.recorded, at: new Date(), author, comment, origin };
  }

  #take(epoch: Epoch, deployed: Deployed): void {
    this.#epoch = epoch;
    this.#become(this.#sift(deployed));
    this.#problems.lintAll(deployed);
  }

  #become(taken: Taken): void {
    this.#taken = taken;
    this.#versions.clear();
    this.#options.changed();
  }

  #sift({ flows, shared }: Deployed): Taken {
    const { nodeRed } = this.#options;
    const isKnown = ({ type }: NodeConfig) => isKnownType(nodeRed, type, shared);
    const runs = (flow: Flow) => deployedNodes(flow, shared).every(isKnown);
    return {
      flows: flows.filter(runs),
      withheld: flows.filter((flow) => !runs(flow)),
      shared: shared.filter(isKnown),
      withheldShared: shared.filter((node) => !isKnown(node)),
    };
  }

  async #write(taken: Taken = this.#taken): Promise<void> {
    const { flows, shared } = everythingOf(taken);
    await this.#options.folders.write(flows, shared);
  }

  /** Flows that are on record run, whether or not their folder can be written. */
  async #keepFolder(isBehind: boolean): Promise<void> {
    const { note, log } = this.#options;
    try {
      if (isBehind) await this.#write();
      await note.write({ epoch: this.epoch, versions: versionsOf(this.deployed()) });
    } catch (error) {
      const text = `the folder of flows is behind epoch ${this.epoch}: ${(error as Error).message}`;
      log.warn({ epoch: this.epoch }, `${text}; the flows of that epoch run`);
    }
  }

  #sort(nodes: readonly NodeConfig[]): Deployed {
    const newest = nodes.filter(({ id }) => !isCopied(id));
    return sortIntoFlows(newest, this.deployed().flows);
  }

  /** Node-RED's routes for single flows leave out, or change, what this hub has put beside them. */
  #refuseWithoutOld(nodes: readonly NodeConfig[]): void {
    const ids = new Set(nodes.map(({ id }) => id));
    if (this.#options.old.all().every((old) => old.nodes.every(({ id }) => ids.has(id)))) return;
    throw new NaveError("NAVE_REQUEST_INVALID", "not deployed: an older version is still in use", {
      accepts: "all flows at once, as the editor deploys them",
    });
  }

  #announce(plan: DeployPlan, author: string | undefined): void {
    const names = (tabs: string[]): string[] => tabs.map((tab) => this.byTab(tab)?.name ?? tab);
    const fields = {
      epoch: this.epoch,
      author,
      added: names(plan.added),
      changed: names(plan.changed),
      removed: plan.removed,
    };
    this.#options.log.info(fields, "flows deployed");
  }
}

/** With what is withheld. */
function everythingOf({ flows, shared, withheld, withheldShared }: Taken): Deployed {
  return { flows: [...flows, ...withheld], shared: [...shared, ...withheldShared] };
}

function inWords({ number, at, author, origin }: Epoch): string {
  const who = author ?? (origin === "files" ? "a change of the files" : "somebody");
  return `${who} has deployed (epoch ${number}, ${at.toISOString()})`;
}
