import { naveContext } from "../nave-message.ts";
import type { NodeApi } from "../node-api.ts";
import type { LiveNode, NodeConfig, RedMessage } from "../node-red.ts";

type MergeConfig = NodeConfig & { echoes: "end" | "pass" };

/** Makes the canonical record out of what a system was seen to hold. */
export default function register(RED: NodeApi): void {
  RED.nodes.registerType("merge", function merge(this: LiveNode, config: MergeConfig) {
    RED.nodes.createNode(this, config);
    const merged = async (message: RedMessage): Promise<RedMessage | undefined> => {
      const context = naveContext(message);
      const outcome = await RED.settings.nave.hub.merge(context.messageId);
      // A rerun is asked for by repair: it must reach the systems although nothing is new.
      if (outcome.echo && config.echoes !== "pass" && context.kind !== "rerun") return undefined;
      const { body, ...rest } = outcome;
      message["nave"] = { ...context, ...rest };
      message.payload = body;
      return message;
    };
    this.on("input", async (message, send, done) => {
      try {
        const result = await merged(message);
        if (result !== undefined) send(result);
        done();
      } catch (error) {
        done(error);
      }
    });
  });
}
