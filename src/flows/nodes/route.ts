import jsonata from "jsonata";
import { chooseOutput, type RouteRow } from "../choose-output.ts";
import { entityOf, naveContext } from "../nave-message.ts";
import type { NodeApi } from "../node-api.ts";
import type { LiveNode, NodeConfig, RedMessage } from "../node-red.ts";

type RouteConfig = NodeConfig & {
  by: "targets" | "property" | "expression";
  property: string;
  expression: string;
  rows: RouteRow[];
};

/** Sends a record on: once per system that takes it, or to the output its content belongs to. */
export default function register(RED: NodeApi): void {
  RED.nodes.registerType("route", function route(this: LiveNode, config: RouteConfig) {
    RED.nodes.createNode(this, config);
    const expression = config.by === "expression" ? jsonata(config.expression) : undefined;

    const toTargets = async (message: RedMessage): Promise<RedMessage[][]> => {
      const context = naveContext(message);
      const systems = await RED.settings.nave.hub.targets(entityOf(context));
      return [systems.map((target) => ({ ...RED.util.cloneMessage(message), nave: { ...context, target } }))];
    };
    const toOutput = async (message: RedMessage): Promise<(RedMessage | null)[]> => {
      const value: unknown =
        expression === undefined
          ? RED.util.getMessageProperty(message, config.property)
          : await expression.evaluate(message);
      const chosen = chooseOutput(value, config.rows);
      return Array.from({ length: config.rows.length + 1 }, (_, output) =>
        output === chosen ? message : null,
      );
    };

    this.on("input", async (message, send, done) => {
      try {
        send(await (config.by === "targets" ? toTargets(message) : toOutput(message)));
        done();
      } catch (error) {
        done(error);
      }
    });
  });
}
