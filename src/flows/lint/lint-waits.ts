import { NaveError } from "../../errors.ts";
import type { NodeConfig } from "../node-red.ts";
import { readApproval } from "../waits/approval-settings.ts";
import { readCollectRules } from "../waits/collect-rules.ts";
import { readCompensate } from "../waits/compensate-settings.ts";
import { readDeadline } from "../waits/deadline-settings.ts";
import { requireExpression } from "../waits/expression.ts";
import { readSchedulePlan } from "../waits/schedule-plan.ts";
import { textSetting } from "../waits/setting.ts";
import type { Finding, Rule } from "./lint.ts";

/** What the nodes that wait have to be set to, and where what they send has to lead. */
export const WAIT_RULES: Record<string, Rule> = {
  collect: (node, nodes) =>
    unreadable(node, (config) => {
      requireExpression(config, "key");
      readCollectRules(config);
    }) ?? leadsNowhere(node, nodes, "what is incomplete, with as much collected as may be,"),
  deadline: (node, nodes) =>
    unreadable(node, readDeadline) ??
    (node["mode"] === "meet" ? undefined : leadsNowhere(node, nodes, "what is missed")),
  schedule: (node) => unreadable(node, readSchedulePlan),
  compensate: (node, nodes) =>
    unreadable(node, readCompensate) ??
    (node["mode"] === "step" ? leadsNowhere(node, nodes, "what is to be undone") : undefined),
  approve: (node, nodes) =>
    unreadable(node, readApproval) ??
    leadsNowhere(node, nodes, "what is rejected", 1) ??
    (textSetting(node, "due") === ""
      ? undefined
      : leadsNowhere(node, nodes, "what nobody has decided in time", 2)),
};

export function unreadable(node: NodeConfig, read: (config: NodeConfig) => unknown): Finding | undefined {
  try {
    read(node);
    return undefined;
  } catch (error) {
    if (!(error instanceof NaveError)) throw error;
    return { text: error.message, remedy: `set ${error.detail.accepts}` };
  }
}

/** Such an output is for what nobody may overlook. In a subflow it may lead to an output of that, which no wire shows. */
function leadsNowhere(
  { wires, z }: NodeConfig,
  nodes: readonly NodeConfig[],
  what: string,
  output = 1,
): Finding | undefined {
  const isOnTab = nodes.some((node) => node.type === "tab" && node.id === z);
  if (!isOnTab || (wires?.[output] ?? []).length > 0) return undefined;
  const which = output === 1 ? "second" : "third";
  return { text: `sends ${what} nowhere`, remedy: `wire its ${which} output, for instance to a reject node` };
}
