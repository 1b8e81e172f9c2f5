import { Router } from "express";
import { settleReview } from "../identity/decide-review.ts";
import { mergeIdentities, unmergeIdentities } from "../identity/merge-identities.ts";
import { settleConflict } from "../merge/decide-conflict.ts";
import { settleDeleteHold } from "../receive/decide-deletes.ts";
import { listConflicts } from "../store/conflicts.ts";
import { listDeleteHolds } from "../store/delete-holds.ts";
import { listIdentityMerges } from "../store/identity-merges.ts";
import { listOpenReviews } from "../store/match-keys.ts";
import type { Api } from "./api-parts.ts";
import { authorise, nameOf } from "./authorise.ts";
import { bodyOf, choiceIn, countIn, idIn, jsonBody, queryOf, textIn } from "./read-request.ts";

const MOST_LISTED = 1000;

/** What only a person can decide: conflicts, doubtful matches, mass deletes. */
export function decisionRoutes({ hub, access }: Api): Router {
  const router = Router();
  const operator = authorise(access, "operator");
  router.get("/conflicts", async (request, response) => {
    const query = queryOf(request, ["decision", "limit"]);
    const decision = query["decision"] === undefined ? "open" : choiceIn(query, "decision", ["open", "all"]);
    response.json({
      conflicts: await listConflicts(hub.db, decision, countIn(query, "limit", 100, MOST_LISTED)),
    });
  });
  router.post("/conflicts/:id", operator, ...jsonBody(), async (request, response) => {
    const decision = choiceIn(bodyOf(request, ["decision"]), "decision", ["taken", "kept"]);
    const id = idIn(request.params, "id");
    await settleConflict(hub, id, decision, nameOf(response));
    response.json({ id, decision });
  });
  router.get("/reviews", async (request, response) => {
    const limit = countIn(queryOf(request, ["limit"]), "limit", 100, MOST_LISTED);
    response.json({ reviews: await listOpenReviews(hub.db, limit) });
  });
  router.post("/reviews/:id", operator, ...jsonBody(), async (request, response) => {
    const decision = choiceIn(bodyOf(request, ["decision"]), "decision", ["same", "different"]);
    const id = idIn(request.params, "id");
    await settleReview(hub, id, decision, nameOf(response));
    response.json({ id, decision });
  });
  router.get("/delete-holds", async (_request, response) => {
    response.json({ deleteHolds: await listDeleteHolds(hub.db) });
  });
  router.post("/delete-holds/:id", operator, ...jsonBody(), async (request, response) => {
    const decision = choiceIn(bodyOf(request, ["decision"]), "decision", ["confirmed", "dismissed"]);
    const id = idIn(request.params, "id");
    await settleDeleteHold(hub, id, decision, nameOf(response));
    response.json({ id, decision });
  });
  router.use(identityRoutes(hub, operator));
  return router;
}

/** Two records of the hub that are one, and back. */
function identityRoutes(hub: Api["hub"], operator: ReturnType<typeof authorise>): Router {
  const router = Router();
  router.get("/identity-merges", async (request, response) => {
    const limit = countIn(queryOf(request, ["limit"]), "limit", 100, MOST_LISTED);
    response.json({ merges: await listIdentityMerges(hub.db, limit) });
  });
  router.post("/identity-merges", operator, ...jsonBody(), async (request, response) => {
    const body = bodyOf(request, ["entity", "survivorId", "absorbedId"]);
    const entity = textIn(body, "entity");
    hub.model.entity(entity);
    const mergeId = await mergeIdentities(
      hub,
      entity,
      idIn(body, "survivorId"),
      idIn(body, "absorbedId"),
      nameOf(response),
    );
    response.status(201).json({ mergeId });
  });
  router.delete("/identity-merges/:id", operator, async (request, response) => {
    await unmergeIdentities(hub, idIn(request.params, "id"), nameOf(response));
    response.status(204).end();
  });
  return router;
}
