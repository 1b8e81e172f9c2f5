import { selectAccounts } from "../../access/accounts.ts";
import { NaveError } from "../../errors.ts";
import type { Hub } from "../../hub.ts";
import { type EpochOrigin, readFlowVersion, selectVersionsOf } from "../../store/flow-versions.ts";
import { deployedNodes, withoutCredentials } from "../deploy.ts";
import type { NodeConfig } from "../node-red.ts";
import type { FlowRuntime } from "../runtime.ts";
import type { Flow } from "../storage/flow-folders.ts";
import type { Deployer } from "../storage/storage.ts";
import { describeMissing, type Equipment, findMissing, type Missing, missing } from "./missing.ts";
import { type FlowChange, type Replacement, replaceFlows, type WantedFlow } from "./replace-flows.ts";

export type ChangeOptions = {
  by: Deployer;
  comment?: string;
  /** Say what it would do; do nothing. */
  dryRun?: boolean;
  withShared?: boolean;
};

/** What was done, or would be. `epoch`: the newest one by then. */
export type Changed = { epoch: number; deployed: boolean; changes: FlowChange[]; missing: Missing[] };

export type DeployRequest = ChangeOptions &
  Pick<Replacement, "wanted" | "removed"> & {
    origin: EpochOrigin;
    /** Refuse what names something that this hub does not have. */
    complete?: boolean;
  };

export type Received = Changed & { state: "live" | "draft" };

export type PromotedFlow = ChangeOptions & {
  wanted: WantedFlow;
  /** Names of credentials by node. */
  credentials: Readonly<Record<string, readonly string[]>>;
  /** As a draft in any case. */
  draft: boolean;
};

const SHORTEST_VERSION = 4;

/** Puts flows of this hub into others' hands: deploys, rolls back, sets live. */
export class FlowChanges {
  readonly #hub: Hub;
  readonly #flows: FlowRuntime;

  constructor(hub: Hub, flows: FlowRuntime) {
    this.#hub = hub;
    this.#flows = flows;
  }

  /** @throws what `FlowRuntime.deploy` and `replaceFlows` throw; NAVE_CONFIG_INVALID with what is missing. */
  async deploy({ wanted, removed = [], origin, complete, ...options }: DeployRequest): Promise<Changed> {
    const { by, comment, dryRun = false, withShared = false } = options;
    const { epoch, ...now } = this.#flows.deployed();
    const { nodes, changes } = replaceFlows(now, { wanted, removed, withShared });
    const changed = wanted.filter(({ tab }) => changes.some((change) => change.tab === tab));
    const lacking = await this.missing(changed.flatMap((flow) => flow.nodes));
    if (complete && !dryRun) refuseIncomplete(lacking);
    if (changes.length === 0) return { epoch, deployed: false, changes, missing: lacking };
    const deployer = { ...by, origin, ...(comment === undefined ? {} : { comment }) };
    const after = await this.#flows.deploy(nodes, { after: epoch, by: deployer, dryRun });
    return { epoch: after, deployed: !dryRun, changes, missing: lacking };
  }

  /** The flow as it was in this version, or in the one before the present: an epoch of its own, which can be undone like any. */
  async rollBack(flow: string, to: string, options: ChangeOptions): Promise<Changed> {
    const version = await this.findVersion(flow, to);
    const recorded = await readFlowVersion(this.#hub.db, flow, version);
    if (recorded === undefined) throw noVersion(flow, version, []);
    return this.deploy({ ...options, wanted: [recorded], origin: "rollback" });
  }

  /** The draft goes live, where all that it names is there. */
  async setLive(flow: Flow, options: ChangeOptions): Promise<Changed> {
    const wanted = [asWanted({ tab: flow.tab, nodes: this.nodesOf(flow) }, "live")];
    return this.deploy({ ...options, wanted, origin: "promotion", complete: true });
  }

  /**
   * A flow of another hub. Where credentials of its nodes are missing it arrives as a draft, so that they can be entered.
   *
   * @throws NAVE_CONFIG_INVALID when something else is missing, or the flow is live here and would cease to be.
   */
  async receive({ draft, credentials, wanted, ...options }: PromotedFlow): Promise<Received> {
    const lacking = this.#missingCredentials(wanted.nodes, credentials);
    const runs = this.#flows.deployed().flows.some(({ tab, enabled }) => tab === wanted.tab && enabled);
    if (runs && !draft && !options.dryRun) refuseIncomplete(lacking);
    const state = draft || lacking.length > 0 ? "draft" : "live";
    const changed = await this.deploy({
      ...options,
      wanted: [asWanted(wanted, state)],
      origin: "promotion",
      complete: true,
    });
    return { ...changed, missing: [...changed.missing, ...lacking], state };
  }

  /** @param to  `previous`, a version, or its beginning. */
  async findVersion(flow: string, to: string): Promise<string> {
    const known = await selectVersionsOf(this.#hub.db, flow);
    if (to === "previous") {
      const previous = known.find(({ isNow }) => !isNow);
      if (previous !== undefined) return previous.version;
      throw noVersion(flow, "before the present one", []);
    }
    const versions = known.map(({ version }) => version);
    const fitting = versions.filter((one) => one.startsWith(to));
    const [version] = fitting;
    if (version !== undefined && fitting.length === 1 && to.length >= SHORTEST_VERSION) return version;
    throw noVersion(flow, to, versions);
  }

  /** What these nodes name and this hub does not have. */
  async missing(nodes: readonly NodeConfig[]): Promise<Missing[]> {
    const unknown = new Set(this.#flows.unknownTypes(nodes));
    const accounts = (await selectAccounts(this.#hub.db)).map(({ name }) => name);
    return findMissing(nodes, {
      ...this.#equipment(),
      accounts,
      isKnownType: (type) => !unknown.has(type),
    });
  }

  find(name: string): Flow | undefined {
    return this.#flows.deployed().flows.find((flow) => flow.name === name);
  }

  /** With the subflows and configuration nodes that it uses; without credentials. */
  nodesOf(flow: Flow): NodeConfig[] {
    return deployedNodes(flow, this.#flows.deployed().shared).map(withoutCredentials);
  }

  #equipment(): Omit<Equipment, "isKnownType" | "accounts"> {
    const { model, systems, config } = this.#hub;
    const operations = [...systems.values()].flatMap(({ name: system, manifest }) =>
      Object.keys(manifest.operations).map((name) => ({ system, name })),
    );
    const { mail, hooks } = config.notifications;
    return {
      entities: model.entities,
      systems: [...systems.keys()],
      operations,
      hooks: Object.keys(hooks),
      mail: mail !== undefined,
    };
  }

  #missingCredentials(
    nodes: readonly NodeConfig[],
    needed: Readonly<Record<string, readonly string[]>>,
  ): Missing[] {
    return nodes.flatMap((node) => {
      const there = this.#flows.credentialsOf(node.id);
      const lacking = (needed[node.id] ?? []).filter((name) => !there.includes(name));
      return lacking.map((name) => missing("credentials", name, node));
    });
  }
}

/** Its version stays what it is elsewhere where nothing has to be changed. */
function asWanted({ tab, nodes }: WantedFlow, state: "live" | "draft"): WantedFlow {
  const disabled = state === "draft";
  const isOther = (node: NodeConfig) => node.id === tab && (node.disabled === true) !== disabled;
  return { tab, nodes: nodes.map((node) => (isOther(node) ? { ...node, disabled } : node)) };
}

function refuseIncomplete(lacking: readonly Missing[]): void {
  if (lacking.length === 0) return;
  throw new NaveError("NAVE_CONFIG_INVALID", `not deployed: ${lacking.map(describeMissing).join("; ")}`, {
    accepts: "a flow that names what this hub has: see its configuration, and the credentials of its nodes",
  });
}

function noVersion(flow: string, to: string, versions: readonly string[]): NaveError {
  const known = versions.slice(0, 20).join(", ");
  return new NaveError("NAVE_NOT_SUPPORTED", `flow ${flow} has no version ${to}`, {
    accepts: known === "" ? "a flow with a version before this" : `previous, or one of ${known}`,
  });
}
