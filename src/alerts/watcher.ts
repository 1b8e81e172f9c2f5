import { randomUUID } from "node:crypto";
import { toNaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import { type Alert, deleteOtherAlerts, markTold, upsertAlerts } from "../store/alerts.ts";
import type { Sql } from "../store/database.ts";
import { insertNotifications } from "../store/notifications.ts";
import { acquireLease } from "../store/workers.ts";
import { Ticker } from "../ticker.ts";
import { findFaults, isDue } from "./judge.ts";
import type { AlertRule, AlertTarget } from "./rule.ts";

/**
 * Looks at the numbers by the rules, and puts on record whom they are told. Of several hubs on one store the holder of a lease
 * does; what was told stands in the store, so that neither a restart nor another holder tells it again.
 */
export class AlertWatcher {
  readonly #hub: Hub;
  readonly #ticker: Ticker;

  constructor(hub: Hub) {
    this.#hub = hub;
    this.#ticker = new Ticker(() => this.#round(), hub.config.alerts.everyMs);
  }

  start(): void {
    this.#ticker.start();
  }

  stop(): Promise<void> {
    return this.#ticker.stop();
  }

  async #round(): Promise<void> {
    const { db, workerId, log } = this.#hub;
    try {
      if ((await acquireLease(db, "alerts", workerId)) === undefined) return;
      await lookAtRules(this.#hub);
    } catch (thrown) {
      log.warn({}, `alerts could not be looked at, trying again: ${toNaveError(thrown).message}`);
    }
  }
}

/** One look. Without an answer of the store nothing is judged: what is unknown neither fires nor ends. */
async function lookAtRules(hub: Hub): Promise<void> {
  const samples = await hub.meter.read();
  if (!samples.some(({ name, value }) => name === "nave_store_up" && value === 1)) return;
  const { rules } = hub.config.alerts;
  const faults = findFaults(rules, samples);
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  await hub.db.transaction(async (sql) => {
    for (const over of await deleteOtherAlerts(sql, faults)) {
      const rule = byName.get(over.rule);
      if (rule?.tellResolved && over.firedAt !== null) await tell(hub, sql, rule, over, "resolved");
    }
    for (const alert of await upsertAlerts(sql, faults)) {
      const rule = byName.get(alert.rule);
      if (rule && isDue(rule, alert, Date.now()) && (await markTold(sql, alert)))
        await tell(hub, sql, rule, alert, alert.toldAt === null ? "firing" : "still firing");
    }
  });
}

async function tell(
  hub: Hub,
  sql: Sql,
  rule: AlertRule,
  alert: Alert,
  state: "firing" | "still firing" | "resolved",
): Promise<void> {
  const id = randomUUID();
  const where = Object.entries(alert.labels).map(([name, value]) => `${name} ${value || "(none)"}`);
  const subject = `Nave ${rule.severity}: ${rule.name} ${state}${where.length > 0 ? `, ${where.join(", ")}` : ""}`;
  const { metric, labels, value, since } = alert;
  const facts = { rule: rule.name, state, severity: rule.severity, text: rule.text, metric, labels, value };
  const told = { ...facts, since: since.toISOString() };
  const lines = [rule.text, "", `${metric} is ${value}, since ${told.since}`, ...where];
  await insertNotifications(
    sql,
    rule.to.map((target, index) => {
      const [way, recipient] = addressOf(target);
      return {
        id: randomUUID(),
        way,
        recipient,
        subject: subject.slice(0, 500),
        body: way === "hook" ? told : lines.join("\n"),
        onceKey: `alert/${id}/${index}`,
        allowedMs: hub.config.notifications.giveUpAfterMs,
        messageId: null,
        correlationId: id,
        entity: null,
        canonicalId: null,
      };
    }),
  );
  hub.log.warn({ rule: rule.name, metric, labels, value, correlationId: id }, `alert ${state}: ${rule.text}`);
}

function addressOf(target: AlertTarget): ["mail" | "hook" | "console", string] {
  if ("mail" in target) return ["mail", target.mail];
  return "hook" in target ? ["hook", target.hook] : ["console", target.page];
}
