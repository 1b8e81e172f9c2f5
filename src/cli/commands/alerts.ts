import type { Command } from "commander";
import type { AlertRule } from "../../alerts/rule.ts";
import type { ShownAlert, ShownAlerts } from "../../http/alert-routes.ts";
import { openSession } from "../session.ts";
import { table } from "../terminal.ts";

export function alertCommands(program: Command): void {
  const alerts = program
    .command("alerts")
    .description("numbers that are at fault, and the rules that say so");
  alerts
    .command("list", { isDefault: true })
    .description("the alerts that are firing, newest first")
    .addHelpText("after", "\nExample:\n  nave alerts list --json")
    .action(async (_options, command: Command) => {
      const session = openSession(command);
      const { firing } = await (await session.hub()).get<ShownAlerts>("/api/alerts");
      session.answer({ firing }, firingLines(firing));
    });
  alerts
    .command("rules")
    .description("the rules in force: those shipped, as the configuration changes them, and its own")
    .addHelpText("after", "\nExample:\n  nave alerts rules")
    .action(async (_options, command: Command) => {
      const session = openSession(command);
      const { rules } = await (await session.hub()).get<ShownAlerts>("/api/alerts");
      session.answer({ rules }, ruleLines(rules));
    });
}

function firingLines(firing: readonly ShownAlert[]): string[] {
  if (firing.length === 0) return ["nothing is firing"];
  const rows = firing.map(({ rule, severity, labels, value, since, text }) => [
    rule,
    severity,
    labelsOf(labels),
    String(value),
    String(since),
    text,
  ]);
  return table(["rule", "severity", "of", "value", "since", "meaning"], rows);
}

function ruleLines(rules: readonly AlertRule[]): string[] {
  const rows = rules.map((rule) => [
    rule.name,
    rule.severity,
    `${rule.metric}${Object.keys(rule.labels).length > 0 ? ` (${labelsOf(rule.labels)})` : ""}`,
    rule.above === undefined ? `below ${rule.below}` : `above ${rule.above}`,
    `${rule.forMs / 1000} s`,
    rule.to.map((target) => Object.entries(target).flat().join(" ")).join(", "),
  ]);
  return table(["rule", "severity", "metric", "at fault", "for", "told to"], rows);
}

const labelsOf = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ") || "-";
