import type { NodeApi } from "../node-api.ts";
import type { LiveNode, NodeConfig } from "../node-red.ts";

type RecordInConfig = NodeConfig & { entity: string; kind: "observed" | "changed"; system: string };

/** Where records enter a flow. */
export default function register(RED: NodeApi): void {
  RED.nodes.registerType(
    "record in",
    function recordIn(this: LiveNode, config: RecordInConfig) {
      RED.nodes.createNode(this, config);
      const remove = RED.settings.nave.addSource({
        node: this,
        entity: config.entity,
        kind: config.kind,
        ...(config.system === "" || config.system === undefined ? {} : { system: config.system }),
      });
      this.on("input", (message, send, done) => {
        send(message);
        done();
      });
      this.on("close", remove);
    },
    {
      settings: {
        // What the editor's forms of all nodes suggest.
        recordInEntities: { value: [...RED.settings.nave.suggestions.entities], exportable: true },
        recordInSystems: { value: [...RED.settings.nave.suggestions.systems], exportable: true },
      },
    },
  );
}
