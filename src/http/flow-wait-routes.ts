import { Router } from "express";
import type { Actor } from "../access/accounts.ts";
import { describeWait } from "../flows/waits/describe-wait.ts";
import { listOpenWaits, type OpenWait, selectWaitingFlows } from "../store/waits.ts";
import type { Api } from "./api-parts.ts";
import { actorOf } from "./authorise.ts";
import { countIn, idIn, optionalTextIn, queryOf } from "./read-request.ts";

const MOST_LISTED = 1000;

/** What is under way in flows. */
export function flowWaitRoutes({ hub, permits }: Api): Router {
  const router = Router();
  router.get("/flows/waits", async (request, response) => {
    const query = queryOf(request, ["flow", "limit", "after"]);
    const flow = optionalTextIn(query, "flow");
    const after = query["after"] === undefined ? undefined : idIn(query, "after");
    const limit = countIn(query, "limit", 100, MOST_LISTED);
    const named = flow === undefined ? await selectWaitingFlows(hub.db) : [flow];
    const flows = named.filter((name) => permits(actorOf(response) as Actor, "read", name));
    const waits = await listOpenWaits(hub.db, { flows, after }, limit);
    response.set("cache-control", "no-store").json({ waits: waits.map(shown) });
  });
  return router;
}

function shown(wait: OpenWait) {
  const { id, kind, flow, flowVersion, node, data, process, dueAt, createdAt, correlationId } = wait;
  const key = process ?? wait.key;
  const where = data.where;
  const [since, due] = [createdAt, dueAt];
  return {
    id,
    what: describeWait(wait),
    kind,
    flow,
    flowVersion,
    node,
    where,
    key,
    since,
    due,
    correlationId,
  };
}

export type ShownWait = Omit<ReturnType<typeof shown>, "since" | "due"> & {
  since: string;
  due: string | null;
};
