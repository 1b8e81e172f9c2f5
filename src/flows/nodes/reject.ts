import { fillIn } from "../fill-in.ts";
import type { NodeApi } from "../node-api.ts";
import type { LiveNode, NodeConfig } from "../node-red.ts";

type RejectConfig = NodeConfig & { reason: string; owner: string };

/** Ends a message as a dead letter, with the flow's own reason, for a person to deal with. */
export default function register(RED: NodeApi): void {
  RED.nodes.registerType("reject", function reject(this: LiveNode, config: RejectConfig) {
    RED.nodes.createNode(this, config);
    this.on("input", async (message, _send, done) => {
      try {
        const text = fillIn(config.reason, (path) => RED.util.getMessageProperty(message, path));
        await RED.settings.nave.reject(message, { text, owner: config.owner });
        done();
      } catch (error) {
        done(error);
      }
    });
  });
}
