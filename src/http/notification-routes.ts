import { Router } from "express";
import { insertAudit } from "../store/audit.ts";
import { acknowledgeNotification, listNotifications, readNotification } from "../store/notifications.ts";
import type { Api } from "./api-parts.ts";
import { authorise, nameOf } from "./authorise.ts";
import { RequestRefused } from "./problem.ts";
import { bodyOf, choiceIn, countIn, idIn, jsonBody, queryOf } from "./read-request.ts";

const MOST_LISTED = 1000;
const STATES = ["open", "acknowledged", "queued", "sent", "failed", "dropped"] as const;

/** What flows tell people: shown until somebody has seen it, and the mails and web hooks as they went. */
export function notificationRoutes({ hub, access }: Api): Router {
  const router = Router();
  router.get("/notifications", async (request, response) => {
    const query = queryOf(request, ["state", "limit"]);
    const state =
      query["state"] === undefined ? "open" : choiceIn(query, "state", [...STATES, "all"] as const);
    const limit = countIn(query, "limit", 100, MOST_LISTED);
    const notifications = await listNotifications(hub.db, state === "all" ? undefined : state, limit);
    response.set("cache-control", "no-store").json({ notifications });
  });
  const operator = authorise(access, "operator");
  router.post("/notifications/:id/acknowledge", operator, ...jsonBody(), async (request, response) => {
    bodyOf(request, []);
    const id = idIn(request.params, "id");
    const by = nameOf(response);
    const seen = await acknowledgeNotification(hub.db, id, by);
    if (!seen) throw await notOpen(hub.db, id);
    await insertAudit(hub.db, by, "notification acknowledged", { id });
    response.json(seen);
  });
  return router;
}

async function notOpen(db: Api["hub"]["db"], id: string): Promise<RequestRefused> {
  const known = await readNotification(db, id);
  if (!known) return new RequestRefused(404, `there is no notification ${id}`, { field: "id" });
  const by = known.closedBy === null ? "" : ` by ${known.closedBy}`;
  return new RequestRefused(409, `notification ${id} is ${known.state}${by}`, {
    accepts: "one that is open",
  });
}
