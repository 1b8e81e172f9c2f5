import type { JsonObject } from "../../adapter-kit/contract.ts";
import { NaveError } from "../../errors.ts";
import { recordContext } from "../nave-message.ts";
import type { NodeApi } from "../node-api.ts";
import type { LiveNode, NodeConfig, RedMessage } from "../node-red.ts";
import { requireExpression } from "../waits/expression.ts";

/** Changes fields of the record that the message is about, and sends it on as it is then. */
export default function register(RED: NodeApi): void {
  RED.nodes.registerType("amend", function amend(this: LiveNode, config: NodeConfig) {
    RED.nodes.createNode(this, config);
    const changes = requireExpression(config, "changes");
    const { nave } = RED.settings;
    const amended = async (message: RedMessage): Promise<RedMessage> => {
      const context = recordContext(message);
      const given = changesOf(await changes.evaluate(message));
      const { version, body } = await nave.amend(this, message, given);
      message["nave"] = { ...context, version };
      message.payload = body;
      return message;
    };
    this.on("input", async (message, send, done) => {
      try {
        send(await amended(message));
        done();
      } catch (error) {
        done(error);
      }
    });
  });
}

function changesOf(value: unknown): JsonObject {
  const plain: unknown = value === undefined ? undefined : JSON.parse(JSON.stringify(value));
  if (typeof plain === "object" && plain !== null && !Array.isArray(plain)) return plain as JsonObject;
  throw new NaveError("NAVE_RECORD_INVALID", "the expression for the changes gives no object", {
    field: "changes",
    value: JSON.stringify(plain),
    accepts: 'an expression such as { "status": "escalated" }',
  });
}
