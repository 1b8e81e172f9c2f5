import { Router } from "express";
import { type ReconcileDepth, reconcile } from "../reconcile/reconcile.ts";
import { applyRepair, PREFERENCES, planRepair } from "../reconcile/repair.ts";
import { insertAudit } from "../store/audit.ts";
import type { Api } from "./api-parts.ts";
import { authorise, nameOf } from "./authorise.ts";
import type { Report } from "./jobs.ts";
import { bodyOf, choiceIn, flagIn, idIn, jsonBody, optionalTextIn } from "./read-request.ts";
import { systemIn } from "./system-routes.ts";

/** Comparing what the systems hold with what they shall hold, and setting it right. */
export function reconciliationRoutes(api: Api): Router {
  const { hub, jobs, access } = api;
  const router = Router();
  const operator = authorise(access, "operator");
  router.post("/reconciliations", operator, ...jsonBody(), async (request, response) => {
    const body = bodyOf(request, ["system", "entity", "changed"]);
    const entity = optionalTextIn(body, "entity");
    const depth = flagIn(body, "changed") ? "changed" : "full";
    const systems = body["system"] === undefined ? [...hub.systems.keys()] : [systemIn(api, body).name];
    if (entity !== undefined) hub.model.entity(entity);
    const by = nameOf(response);
    await insertAudit(hub.db, by, "reconcile", { systems, ...(entity === undefined ? {} : { entity }) });
    response
      .status(202)
      .json(jobs.start("reconcile", by, (report) => compare(api, systems, { entity, depth }, report)));
  });
  router.post("/reconciliations/:id/repair", operator, ...jsonBody(), async (request, response) => {
    const id = idIn(request.params, "id");
    const body = bodyOf(request, ["dryRun", "prefer"]);
    const dryRun = flagIn(body, "dryRun");
    const prefer = body["prefer"] === undefined ? "rules" : choiceIn(body, "prefer", PREFERENCES);
    const steps = await planRepair(hub, id, prefer);
    const repaired = dryRun ? 0 : await applyRepair(hub, id, nameOf(response), prefer);
    response.json({ id, dryRun, prefer, steps, repaired });
  });
  return router;
}

type Wanted = { entity: string | undefined; depth: ReconcileDepth };

async function compare({ hub }: Api, systems: readonly string[], { entity, depth }: Wanted, report: Report) {
  const reports = [];
  for (const name of systems) {
    const system = hub.systems.get(name);
    const read =
      system?.entities.filter((one) => system.takes(one) && (entity === undefined || one === entity)) ?? [];
    if (read.length === 0 && systems.length > 1) continue;
    const found = await reconcile(hub, name, entity, {
      depth,
      onProgress: ({ entity: current, compared, total }) =>
        report({ done: compared, text: `${name} ${current}`, ...(total === undefined ? {} : { total }) }),
    });
    reports.push(...found);
  }
  return reports;
}
