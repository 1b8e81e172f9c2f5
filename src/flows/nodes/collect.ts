import type { JsonObject } from "../../adapter-kit/contract.ts";
import { keepMessage } from "../kept-message.ts";
import type { NodeApi } from "../node-api.ts";
import type { LiveNode, NodeConfig, RedMessage } from "../node-red.ts";
import { readCollectRules } from "../waits/collect-rules.ts";
import { keyFrom, requireExpression } from "../waits/expression.ts";

/** Collects messages under a key, durably, and sends them on as one. */
export default function register(RED: NodeApi): void {
  RED.nodes.registerType("collect", function collect(this: LiveNode, config: NodeConfig) {
    RED.nodes.createNode(this, config);
    const key = requireExpression(config, "key");
    const rules = readCollectRules(config);
    const { nave } = RED.settings;
    this.on("close", nave.addWaiter({ node: this, outputs: 2 }));
    const handOver = async (message: RedMessage): Promise<void> => {
      const { payload = null, nave: context } = keepMessage({
        payload: message.payload,
        nave: message["nave"],
      });
      const item = { payload, nave: (context ?? {}) as JsonObject };
      await nave.wait(this, message, await keyFrom(key, message), { kind: "collect", item, rules });
    };
    this.on("input", async (message, _send, done) => {
      try {
        await handOver(message);
        done();
      } catch (error) {
        done(error);
      }
    });
  });
}
