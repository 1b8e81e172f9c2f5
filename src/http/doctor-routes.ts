import { Router } from "express";
import type { Api } from "./api-parts.ts";
import { examine } from "./examine.ts";
import { queryOf } from "./read-request.ts";

/** A check-up of the running hub. */
export function doctorRoutes({ hub, flows }: Api): Router {
  const router = Router();
  router.get("/doctor", async (request, response) => {
    queryOf(request, []);
    response.json(await examine(hub, flows));
  });
  return router;
}
