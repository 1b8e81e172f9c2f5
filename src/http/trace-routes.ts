import { Router } from "express";
import { insertAudit } from "../store/audit.ts";
import { trace } from "../telemetry/trace.ts";
import type { Api } from "./api-parts.ts";
import { nameOf } from "./authorise.ts";
import { RequestRefused } from "./problem.ts";
import { queryOf, textIn } from "./read-request.ts";

/** The whole story of whatever carries a business key. It shows data, so who looked is recorded. */
export function traceRoutes({ hub }: Api): Router {
  const router = Router();
  router.get("/trace", async (request, response) => {
    const key = textIn(queryOf(request, ["key"]), "key");
    const story = await trace(hub, key);
    await insertAudit(hub.db, nameOf(response), "trace", { key, records: story.records.length });
    if (story.records.length === 0 && story.hops.length === 0) {
      throw new RequestRefused(404, `nothing is known under "${key}"`, {
        field: "key",
        accepts: "an order number, customer number, name, e-mail address, local id, or an id of the hub",
      });
    }
    response.set("cache-control", "no-store").json(story);
  });
  return router;
}
