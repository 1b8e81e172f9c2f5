import { NaveError } from "../../errors.ts";
import { naveContext, recordBody } from "../nave-message.ts";
import type { NodeApi } from "../node-api.ts";
import type { LiveNode, NodeConfig, RedMessage } from "../node-red.ts";

type DeriveConfig = NodeConfig & { entity: string; key: string };

/** Creates or updates a canonical record of another entity, such as the purchase order behind a confirmed order. */
export default function register(RED: NodeApi): void {
  RED.nodes.registerType("derive", function derive(this: LiveNode, config: DeriveConfig) {
    RED.nodes.createNode(this, config);
    const derived = async (message: RedMessage): Promise<{ canonicalId: string }> => {
      const { messageId } = naveContext(message);
      const key = RED.util.getMessageProperty(message, config.key);
      if (typeof key !== "string" || key === "") {
        throw new NaveError(
          "NAVE_CONFIG_INVALID",
          `msg.${config.key} holds no key for the ${config.entity}`,
          {
            accepts: "the path of a text that stays the same for the same record, such as nave.canonicalId",
          },
        );
      }
      return RED.settings.nave.hub.derive({
        messageId,
        entity: config.entity,
        key,
        body: recordBody(message),
      });
    };
    this.on("input", async (message, send, done) => {
      try {
        message["derived"] = { entity: config.entity, ...(await derived(message)) };
        send(message);
        done();
      } catch (error) {
        done(error);
      }
    });
  });
}
