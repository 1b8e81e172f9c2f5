import { createHash, timingSafeEqual } from "node:crypto";
import { type RequestHandler, Router } from "express";
import { CONTENT_TYPE, expose } from "../telemetry/metrics/exposition.ts";
import type { Api } from "./api-parts.ts";
import { authorise } from "./authorise.ts";

/** What Prometheus scrapes: numbers and names of systems and entities, no data. */
export function metricsRoutes({ hub, access }: Api): Router {
  const router = Router();
  const { open, token } = hub.config.telemetry.metrics;
  const viewer = authorise(access, "viewer");
  const mayScrape: RequestHandler = (request, response, next) =>
    open || isBearer(request.get("authorization"), token) ? next() : viewer(request, response, next);
  router.get("/metrics", mayScrape, async (_request, response) => {
    const text = expose(await hub.meter.read());
    response.set({ "content-type": CONTENT_TYPE, "cache-control": "no-store" }).send(text);
  });
  return router;
}

/** Of the token for scrapers, which opens nothing else. */
function isBearer(authorization: string | undefined, token: string | undefined): boolean {
  const [scheme = "", credential = ""] = (authorization ?? "").split(" ");
  if (token === undefined || scheme.toLowerCase() !== "bearer") return false;
  return timingSafeEqual(digest(credential), digest(token));
}

const digest = (text: string) => createHash("sha256").update(text).digest();
