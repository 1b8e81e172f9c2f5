import { NaveError } from "../../errors.ts";
import type { LookupRequest } from "../hub-port.ts";
import type { NodeApi } from "../node-api.ts";
import type { LiveNode, NodeConfig, RedMessage } from "../node-red.ts";

type LookupConfig = NodeConfig & {
  what: LookupRequest["what"];
  entity: string;
  system: string;
  /** Kind of the business key; empty: any. */
  kind: string;
  /** Whether the value is a canonical id or, for `live` only, the system's own. */
  by: "canonical-id" | "local-id";
  /** Where the id or the key stands. */
  value: string;
  /** Property that what is found is put into. */
  to: string;
};

/** Puts into a message what the hub, or a system, knows about something else. */
export default function register(RED: NodeApi): void {
  RED.nodes.registerType("lookup", function lookup(this: LiveNode, config: LookupConfig) {
    RED.nodes.createNode(this, config);
    const found = async (message: RedMessage): Promise<unknown> => {
      const value = textOf(RED.util.getMessageProperty(message, config.value || "nave.canonicalId"));
      return value === undefined ? undefined : RED.settings.nave.hub.lookup(requestOf(config, value));
    };
    this.on("input", async (message, send, done) => {
      try {
        const result = await found(message);
        if (result !== undefined) RED.util.setMessageProperty(message, config.to || "found", result, true);
        send(result === undefined ? [null, message] : [message, null]);
        done();
      } catch (error) {
        done(error);
      }
    });
  });
}

/** Nothing can be found under a value that is not there. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function requestOf({ what, entity, system, kind, by }: LookupConfig, value: string): LookupRequest {
  switch (what) {
    case "record":
      return { what, entity, canonicalId: value };
    case "record-by-key":
      return { what, entity, value, ...(kind ? { kind } : {}) };
    case "local-id":
      return { what, entity, system, canonicalId: value };
    case "canonical-id":
      return { what, entity, system, localId: value };
    case "live":
      return { what, entity, system, ...(by === "local-id" ? { localId: value } : { canonicalId: value }) };
    default:
      throw new NaveError("NAVE_CONFIG_INVALID", `nothing can be looked up by "${String(what)}"`, {
        accepts: "record, record-by-key, local-id, canonical-id, live",
      });
  }
}
