import type { FlowPermits } from "../../access/flow-permissions.ts";
import type { Hub } from "../../hub.ts";
import { insertAudit } from "../../store/audit.ts";
import { type FlowHistory, selectFlowHistory } from "../../store/flow-versions.ts";
import type { FlowRuntime } from "../runtime.ts";
import { type Deployer, userOf } from "../storage/storage.ts";
import { type Changed, FlowChanges } from "../versions/change-flows.ts";

const MOST_SHOWN = 100;

/** What the editor shows of the versions of a flow. */
export type ShownVersions = {
  flow: string;
  /** The version that is there now. */
  version: string | null;
  mayRollBack: boolean;
  history: FlowHistory[];
};

/** The versions of flows, for the editor, which knows a flow by its tab. */
export type EditorVersions = {
  /** Undefined: no such flow, or none for this user. */
  history(tab: string, user: Deployer): Promise<ShownVersions | undefined>;
  /** @throws what `FlowChanges.rollBack` throws. */
  rollBack(tab: string, version: string, user: Deployer): Promise<Changed | undefined>;
};

export function editorVersions(
  hub: Hub,
  runtime: () => FlowRuntime | undefined,
  permits: FlowPermits,
): EditorVersions {
  const find = (tab: string, user: Deployer): { name: string; flows: FlowRuntime } | undefined => {
    const flows = runtime();
    const flow = flows?.deployed().flows.find((one) => one.tab === tab);
    return flows && flow && permits(userOf(user), "read", flow.name) ? { name: flow.name, flows } : undefined;
  };
  return {
    async history(tab, user) {
      const found = find(tab, user);
      if (found === undefined) return undefined;
      const history = await selectFlowHistory(hub.db, found.name, { limit: MOST_SHOWN });
      const mayRollBack = permits(userOf(user), "deploy", found.name);
      return { flow: found.name, version: history[0]?.version ?? null, mayRollBack, history };
    },
    async rollBack(tab, version, user) {
      const found = find(tab, user);
      if (found === undefined) return undefined;
      const changed = await new FlowChanges(hub, found.flows).rollBack(found.name, version, { by: user });
      const detail = { epoch: changed.epoch, flows: changed.changes.map(({ flow }) => flow) };
      if (changed.deployed) await insertAudit(hub.db, user.username ?? "nobody", "flow rolled back", detail);
      return changed;
    },
  };
}
