import { type RequestHandler, Router } from "express";
import { accountRoutes } from "./account-routes.ts";
import { alertRoutes } from "./alert-routes.ts";
import type { Api } from "./api-parts.ts";
import { approvalRoutes } from "./approval-routes.ts";
import { authorise } from "./authorise.ts";
import { deadLetterRoutes } from "./dead-letter-routes.ts";
import { decisionRoutes } from "./decision-routes.ts";
import { doctorRoutes } from "./doctor-routes.ts";
import { flowVersionRoutes } from "./flow-version-routes.ts";
import { flowWaitRoutes } from "./flow-wait-routes.ts";
import { hookRoutes } from "./hook-routes.ts";
import { intakeRoutes } from "./intake-routes.ts";
import { Jobs } from "./jobs.ts";
import { liveRoutes } from "./live-routes.ts";
import { metricsRoutes } from "./metrics-routes.ts";
import { notificationRoutes } from "./notification-routes.ts";
import { onboardingRoutes } from "./onboarding-routes.ts";
import { pageRoutes } from "./page-routes.ts";
import { RequestRefused } from "./problem.ts";
import { reconciliationRoutes } from "./reconciliation-routes.ts";
import { sameOriginOnly } from "./security.ts";
import { sessionRoutes } from "./session-routes.ts";
import { systemRoutes } from "./system-routes.ts";
import { traceRoutes } from "./trace-routes.ts";

/** Everything the hub offers over HTTP but the editor; docs/http-api.md describes it. */
export function apiRoutes(parts: Omit<Api, "jobs">): RequestHandler {
  const api: Api = { ...parts, jobs: new Jobs(parts.hub.log) };
  const router = Router();
  router.use(pageRoutes());
  router.use("/hooks", hookRoutes(api));
  router.use("/in", intakeRoutes(api));
  router.use("/api", sameOriginOnly, liveRoutes(api), sessionRoutes(api));
  router.use("/health", healthRoutes(api));
  router.use(metricsRoutes(api));
  router.use(
    "/api",
    authorise(api.access, "viewer"),
    systemRoutes(api),
    traceRoutes(api),
    deadLetterRoutes(api),
  );
  router.use(
    "/api",
    decisionRoutes(api),
    approvalRoutes(api),
    flowWaitRoutes(api),
    notificationRoutes(api),
    alertRoutes(api),
    reconciliationRoutes(api),
    onboardingRoutes(api),
    accountRoutes(api),
    flowVersionRoutes(api),
    doctorRoutes(api),
    jobRoutes(api),
  );
  return router;
}

function healthRoutes({ hub }: Api): RequestHandler {
  const router = Router();
  router.get("/ready", async (_request, response) => {
    await hub.db.query("select 1").catch((cause: unknown) => {
      hub.log.error({ cause: String(cause) }, "not ready: the store does not answer");
      throw new RequestRefused(503, "the store does not answer", {}, { "retry-after": "1" });
    });
    response.json({ ready: true });
  });
  return router;
}

function jobRoutes({ jobs }: Api): RequestHandler {
  const router = Router();
  router.get("/jobs", (_request, response) => void response.json({ jobs: jobs.list() }));
  router.get("/jobs/:id", (request, response) => void response.json(jobs.find(request.params.id)));
  return router;
}
