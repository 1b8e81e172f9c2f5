import { NaveError } from "../../errors.ts";
import { recordBody, recordContext } from "../nave-message.ts";
import type { NodeApi } from "../node-api.ts";
import type { LiveNode, NodeConfig, RedMessage } from "../node-red.ts";

type RecordOutConfig = NodeConfig & { to: "target" | "all" | "system"; system: string };

/** Orders that a system shall hold the record as it arrives here. */
export default function register(RED: NodeApi): void {
  RED.nodes.registerType("record out", function recordOut(this: LiveNode, config: RecordOutConfig) {
    RED.nodes.createNode(this, config);
    const { hub } = RED.settings.nave;
    const wish = async (message: RedMessage): Promise<void> => {
      const { messageId, entity, canonicalId, version, archived, target } = recordContext(message);
      const body = recordBody(message);
      const action = archived === true ? "archive" : "hold";
      for (const system of await systems(entity, target)) {
        await hub.wish({ messageId, entity, canonicalId, version, system, body, action });
      }
    };
    const systems = async (entity: string, target: string | undefined): Promise<string[]> => {
      if (config.to === "all") return hub.targets(entity);
      const system = config.to === "system" ? config.system : target;
      if (system !== undefined && system !== "") return [system];
      throw new NaveError("NAVE_CONFIG_INVALID", "no system to send the record to", {
        accepts: "a route node before this one that goes to all targets, or a system chosen in this node",
      });
    };
    this.on("input", async (message, _send, done) => {
      try {
        await wish(message);
        done();
      } catch (error) {
        done(error);
      }
    });
  });
}
