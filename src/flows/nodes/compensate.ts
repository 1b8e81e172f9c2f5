import { keepMessage } from "../kept-message.ts";
import type { NodeApi } from "../node-api.ts";
import type { LiveNode, NodeConfig, RedMessage } from "../node-red.ts";
import { readCompensate } from "../waits/compensate-settings.ts";
import { keyFrom } from "../waits/expression.ts";

/** Notes how a step of a process is undone, undoes all steps of one, or says that it is done. */
export default function register(RED: NodeApi): void {
  RED.nodes.registerType("compensate", function compensate(this: LiveNode, config: NodeConfig) {
    RED.nodes.createNode(this, config);
    const { mode, process, key } = readCompensate(config);
    const { nave } = RED.settings;
    if (mode !== "done") this.on("close", nave.addWaiter({ node: this, outputs: mode === "step" ? 2 : 1 }));
    const handOver = async (message: RedMessage): Promise<void> => {
      const kept = mode === "done" ? {} : keepMessage(message);
      const name = `${process}/${await keyFrom(key, message)}`;
      await nave.wait(this, message, name, { kind: "compensate", mode, message: kept });
    };
    this.on("input", async (message, send, done) => {
      try {
        await handOver(message);
        if (mode !== "all") send(message);
        done();
      } catch (error) {
        done(error);
      }
    });
  });
}
