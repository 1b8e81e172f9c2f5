import { keepMessage } from "../kept-message.ts";
import type { NodeApi } from "../node-api.ts";
import type { LiveNode, NodeConfig, RedMessage } from "../node-red.ts";
import { readDeadline } from "../waits/deadline-settings.ts";
import { keyFrom } from "../waits/expression.ts";

/** Starts a deadline, or meets it; from the node that started it goes what nobody met in time. */
export default function register(RED: NodeApi): void {
  RED.nodes.registerType("deadline", function deadline(this: LiveNode, config: NodeConfig) {
    RED.nodes.createNode(this, config);
    const settings = readDeadline(config);
    const { nave } = RED.settings;
    if (settings.mode === "start") this.on("close", nave.addWaiter({ node: this, outputs: 2 }));
    const handle = async (message: RedMessage): Promise<void> => {
      const key = `${settings.name}/${await keyFrom(settings.key, message)}`;
      if (settings.mode === "meet") return nave.meet(this, message, key);
      const due = await settings.dueIn(message);
      const payload = settings.payload ? await settings.payload.evaluate(message) : message.payload;
      await nave.wait(this, message, key, {
        kind: "deadline",
        due,
        message: keepMessage({ ...message, payload }),
      });
    };
    this.on("input", async (message, send, done) => {
      try {
        await handle(message);
        send(message);
        done();
      } catch (error) {
        done(error);
      }
    });
  });
}
