import type { Response } from "express";
import type { NodeApi } from "../node-api.ts";

/** Shows on the canvas what passes each node: whoever may see the flows may ask, and nothing is counted for it. */
export default function register(RED: NodeApi): void {
  RED.plugins.registerPlugin("nave-traffic", { type: "nave-editor" });
  RED.httpAdmin.get(
    "/nave/traffic",
    RED.auth.needsPermission("flows.read"),
    async (_request, response: Response) => {
      try {
        const nodes = await RED.settings.nave.traffic();
        response.set("cache-control", "no-store").json({ at: Date.now(), nodes });
      } catch {
        response.status(503).json({ code: "NAVE_HUB_UNAVAILABLE" });
      }
    },
  );
}
