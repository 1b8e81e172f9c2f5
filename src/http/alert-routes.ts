import { Router } from "express";
import type { AlertRule } from "../alerts/rule.ts";
import { type Alert, selectFiring } from "../store/alerts.ts";
import type { Api } from "./api-parts.ts";
import { queryOf } from "./read-request.ts";

export type ShownAlert = Alert & Pick<AlertRule, "severity" | "text">;
export type ShownAlerts = { firing: ShownAlert[]; rules: AlertRule[] };

/** The alerts that are firing, and the rules by which they do. */
export function alertRoutes({ hub }: Api): Router {
  const router = Router();
  router.get("/alerts", async (request, response) => {
    queryOf(request, []);
    const { rules } = hub.config.alerts;
    const firing = (await selectFiring(hub.db)).map((alert) => {
      const rule = rules.find(({ name }) => name === alert.rule);
      return { ...alert, severity: rule?.severity ?? "warning", text: rule?.text ?? "" };
    });
    response.set("cache-control", "no-store").json({ firing, rules });
  });
  return router;
}
