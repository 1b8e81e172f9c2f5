import { Router } from "express";
import { goDark, goLive, previewOnboarding } from "../reconcile/onboard.ts";
import { insertAudit } from "../store/audit.ts";
import type { Api } from "./api-parts.ts";
import { authorise, nameOf } from "./authorise.ts";
import { bodyOf, jsonBody } from "./read-request.ts";
import { systemIn } from "./system-routes.ts";

/** First contact with a full system: a preview that writes nothing, then switching it on, and off again. */
export function onboardingRoutes(api: Api): Router {
  const { hub, jobs, access } = api;
  const router = Router();
  const admin = authorise(access, "admin");
  router.post("/systems/:system/onboarding", admin, ...jsonBody(), async (request, response) => {
    bodyOf(request, []);
    const { name } = systemIn(api, request.params);
    const by = nameOf(response);
    await insertAudit(hub.db, by, "onboarding preview", { system: name });
    const job = jobs.start(`onboard ${name}`, by, (report) =>
      previewOnboarding(hub, name, ({ entity, read, total }) => {
        report({ done: read, text: entity, ...(total === undefined ? {} : { total }) });
      }),
    );
    response.status(202).json(job);
  });
  for (const [path, act] of [
    ["go-live", goLive],
    ["go-dark", goDark],
  ] as const) {
    router.post(`/systems/:system/${path}`, admin, ...jsonBody(), async (request, response) => {
      bodyOf(request, []);
      const { name } = systemIn(api, request.params);
      await act(hub, name, nameOf(response));
      response.json({ system: name, live: path === "go-live" });
    });
  }
  return router;
}
