import type { Database } from "../../store/database.ts";
import {
  type Deployment,
  type Epoch,
  type FlowToDeploy,
  type InUse,
  type NewEpoch,
  readFlowVersion,
  readNewestEpoch,
  recordEpoch,
  selectDeployments,
  selectVersionsInUse,
} from "../../store/flow-versions.ts";
import type { NodeConfig } from "../node-red.ts";

/** What has been deployed when, and what is still under way in it. */
export type FlowLedger = {
  newest(): Promise<Epoch | undefined>;
  /** The flows of an epoch; none, where there is no such epoch. */
  deployments(epoch: number): Promise<Deployment[]>;
  version(flow: string, version: string): Promise<{ tab: string; nodes: NodeConfig[] } | undefined>;
  /** Records an epoch in one step with `work`, unless there is a newer one than its author knew: then that is returned. */
  record(epoch: NewEpoch, work: () => Promise<void>): Promise<{ recorded: number } | { newest: Epoch }>;
  inUse(): Promise<InUse>;
};

export function ledgerInStore(db: Database): FlowLedger {
  return {
    newest: () => readNewestEpoch(db),
    deployments: (epoch) => selectDeployments(db, epoch),
    version: (flow, version) => readFlowVersion(db, flow, version),
    record: (epoch, work) => recordEpoch(db, epoch, work),
    inUse: () => selectVersionsInUse(db),
  };
}

/** Of one process, as long as it lives: for flows that run without a store, such as those of test cases. */
export function ledgerInMemory(): FlowLedger {
  const epochs: (Epoch & { flows: readonly FlowToDeploy[] })[] = [];
  const versions = new Map<string, FlowToDeploy>();
  return {
    newest: async () => epochs.at(-1),
    deployments: async (epoch) =>
      (epochs[epoch - 1]?.flows ?? []).map(({ flow, version, state }) => ({ flow, version, state })),
    version: async (flow, version) => {
      const known = versions.get(`${flow} ${version}`);
      return known && { tab: known.tab, nodes: structuredClone([...known.nodes]) };
    },
    record: async ({ after, ...epoch }, work) => {
      const newest = epochs.at(-1);
      if (newest !== undefined && newest.number !== after) return { newest };
      await work();
      const number = epochs.push({ ...epoch, number: after + 1, at: new Date() });
      for (const flow of epoch.flows) versions.set(`${flow.flow} ${flow.version}`, structuredClone(flow));
      return { recorded: number };
    },
    inUse: async () => ({ pinned: [], goingOn: [] }),
  };
}
