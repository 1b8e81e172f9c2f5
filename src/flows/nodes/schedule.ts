import type { NodeApi } from "../node-api.ts";
import type { LiveNode, NodeConfig } from "../node-red.ts";
import { readSchedulePlan } from "../waits/schedule-plan.ts";

/** Starts something at its times; the hub fires it, once however many workers there are. */
export default function register(RED: NodeApi): void {
  RED.nodes.registerType("schedule", function schedule(this: LiveNode, config: NodeConfig) {
    RED.nodes.createNode(this, config);
    const plan = readSchedulePlan(config);
    this.on("close", RED.settings.nave.addWaiter({ node: this, outputs: 1, plan }));
  });
}
