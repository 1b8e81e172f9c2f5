import type { NotificationsConfig } from "../config/types.ts";
import { NaveError } from "../errors.ts";
import { FAMILIES, METRIC_NAMES } from "../telemetry/metrics/families.ts";
import { DEFAULT_RULES } from "./default-rules.ts";
import type { AlertRule, AlertsConfig, AlertTarget, RawAlerts, RawRule } from "./rule.ts";

const ON_THE_PAGE: AlertTarget[] = [{ page: "operators" }];
const REPEAT_EVERY_MS = 4 * 3_600_000;
const EVERY_MS = 15_000;

/**
 * The rules in force: those shipped, as the configuration changes them, and its own.
 *
 * @throws NAVE_CONFIG_INVALID naming the key, for a metric, label, way or threshold that there is not.
 */
export function readAlerts(file: string, raw: RawAlerts, ways: NotificationsConfig): AlertsConfig {
  const refuse = (key: string, text: string, accepts: string): never => {
    throw new NaveError("NAVE_CONFIG_INVALID", `${file}: ${key} ${text}; it accepts ${accepts}`, {
      field: key,
      accepts,
    });
  };
  const given = raw.rules ?? {};
  checkTargets("alerts.to", raw.to ?? [], ways, refuse);
  const names = [...new Set([...Object.keys(DEFAULT_RULES), ...Object.keys(given)])];
  const rules = names
    .filter((name) => given[name]?.off !== true)
    .map((name) => readRule(name, given[name] ?? {}, raw, ways, refuse));
  return { everyMs: raw.everyMs ?? EVERY_MS, rules };
}

type Refuse = (key: string, text: string, accepts: string) => never;

function readRule(
  name: string,
  { off: _off, ...given }: RawRule,
  all: RawAlerts,
  ways: NotificationsConfig,
  refuse: Refuse,
): AlertRule {
  const key = `alerts.rules.${name}`;
  const shipped = DEFAULT_RULES[name];
  const metric = given.metric ?? shipped?.metric ?? refuse(key, 'lacks the key "metric"', "a metric's name");
  if (!METRIC_NAMES.includes(metric)) {
    refuse(`${key}.metric`, `is "${metric}"`, `one of ${gauges().join(", ")}`);
  }
  if (FAMILIES[metric].kind === "counter") {
    const text = `is ${metric}, which only grows`;
    refuse(`${key}.metric`, text, `one of ${gauges().join(", ")}`);
  }
  // What is shipped for another metric says nothing about this one.
  const base = shipped?.metric === metric ? shipped : undefined;
  const labels = given.labels ?? base?.labels ?? {};
  const known: readonly string[] = FAMILIES[metric].labels;
  const unknown = Object.keys(labels).find((label) => !known.includes(label));
  if (unknown !== undefined)
    refuse(
      `${key}.labels`,
      `has the label "${unknown}"`,
      known.join(", ") || `none: ${metric} has no labels`,
    );
  const bounds = boundsOf(given) ?? (base && boundsOf(base));
  if (!bounds) return refuse(key, "lacks a threshold", "above or below, a number");
  if (given.above !== undefined && given.below !== undefined)
    refuse(key, "has both above and below", "one of them; two rules for both");
  const to = given.to ?? all.to ?? ON_THE_PAGE;
  checkTargets(`${key}.to`, to, ways, refuse);
  return {
    name,
    metric,
    labels,
    ...bounds,
    forMs: given.forMs ?? base?.forMs ?? 0,
    severity: given.severity ?? base?.severity ?? "warning",
    text: given.text ?? base?.text ?? `${metric} is ${bounds.above === undefined ? "too low" : "too high"}`,
    to,
    repeatEveryMs: given.repeatEveryMs ?? base?.repeatEveryMs ?? all.repeatEveryMs ?? REPEAT_EVERY_MS,
    tellResolved: given.tellResolved ?? base?.tellResolved ?? true,
  };
}

function boundsOf({
  above,
  below,
}: Pick<RawRule, "above" | "below">): Pick<AlertRule, "above" | "below"> | undefined {
  if (above !== undefined) return { above };
  return below === undefined ? undefined : { below };
}

const gauges = () => METRIC_NAMES.filter((name) => FAMILIES[name].kind === "gauge");

function checkTargets(
  key: string,
  to: readonly AlertTarget[],
  ways: NotificationsConfig,
  refuse: Refuse,
): void {
  for (const target of to) {
    if ("mail" in target && !ways.mail)
      refuse(
        key,
        `names a mail to ${target.mail}, and no mail server is configured`,
        "notifications.mail first",
      );
    if ("hook" in target && !ways.hooks[target.hook]) {
      const hooks = Object.keys(ways.hooks).join(", ");
      refuse(
        key,
        `names the web hook "${target.hook}"`,
        hooks || "a hook of notifications.hooks; there is none",
      );
    }
  }
}
