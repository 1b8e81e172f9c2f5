import { NaveError } from "../../errors.ts";
import type { NodeConfig } from "../node-red.ts";
import { DURATION_ACCEPTS, parseDuration } from "./duration.ts";
import { compileExpression, type Expression, readExpression, requireExpression } from "./expression.ts";
import { textSetting } from "./setting.ts";

export type DeadlineSettings = {
  /** By which a start and its meets know each other. */
  name: string;
  key: Expression;
} & ({ mode: "meet" } | { mode: "start"; dueIn(message: unknown): Promise<Due>; payload?: Expression });

export type Due = { afterMs: number } | { at: Date };

/** What a deadline node is set to. @throws NAVE_CONFIG_INVALID naming the setting. */
export function readDeadline(config: NodeConfig): DeadlineSettings {
  const name = textSetting(config, "deadline");
  if (name === "") {
    throw new NaveError("NAVE_CONFIG_INVALID", "does not say which deadline", {
      accepts: "a name, the same in the node that starts it and in those that meet it",
    });
  }
  const key = requireExpression(config, "key");
  const base = { name, key };
  if (config["mode"] === "meet") return { ...base, mode: "meet" };
  const payload = readExpression(config, "missedPayload");
  return { ...base, mode: "start", dueIn: readDue(config, "due"), ...(payload ? { payload } : {}) };
}

/** When it is due by a setting that holds a time, or an expression that says. @throws NAVE_CONFIG_INVALID naming the setting. */
export function readDue(config: NodeConfig, setting: string): (message: unknown) => Promise<Due> {
  const text = textSetting(config, setting);
  if (config[`${setting}Type`] === "expression") {
    const expression = compileExpression(text, setting);
    return async (message) => dueOf(await expression.evaluate(message), text);
  }
  const afterMs = parseDuration(text);
  if (afterMs === undefined) {
    throw new NaveError("NAVE_CONFIG_INVALID", `has "${text}" as the time that is left`, {
      accepts: DURATION_ACCEPTS,
    });
  }
  return () => Promise.resolve({ afterMs });
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** What an expression found: an instant, or how much time is left. */
function dueOf(value: unknown, expression: string): Due {
  const afterMs = typeof value === "string" ? parseDuration(value) : undefined;
  if (afterMs !== undefined) return { afterMs };
  const isInstant = (typeof value === "string" && INSTANT.test(value)) || typeof value === "number";
  const at = isInstant ? new Date(value) : undefined;
  if (at !== undefined && !Number.isNaN(at.getTime())) return { at };
  throw new NaveError("NAVE_RECORD_INVALID", `the expression ${expression} does not say when it is due`, {
    value,
    accepts: `an instant such as 2026-12-01T08:00:00Z, milliseconds since 1970, or ${DURATION_ACCEPTS}`,
  });
}
