import type { Request, Response } from "express";
import { isUuid } from "../../uuid.ts";
import type { NodeApi } from "../node-api.ts";

/** Tells the editor which way a message took, for whoever may see the flows: nodes and outcome, no data. */
export default function register(RED: NodeApi): void {
  RED.plugins.registerPlugin("nave-trace", { type: "nave-editor" });
  RED.httpAdmin.get(
    "/nave/trace/:messageId",
    RED.auth.needsPermission("flows.read"),
    async (request: Request, response: Response) => {
      const { messageId } = request.params;
      response.set("cache-control", "no-store");
      try {
        const known = isUuid(messageId) ? await RED.settings.nave.readPath(messageId) : undefined;
        if (known === undefined) response.status(404).json({ code: "NAVE_REQUEST_INVALID" });
        else response.json(known);
      } catch {
        response.status(503).json({ code: "NAVE_HUB_UNAVAILABLE" });
      }
    },
  );
}
