import type { NodeConfig } from "../node-red.ts";

/** A setting of a node, as a person entered it; empty where they left it so. */
export function textSetting(config: NodeConfig, setting: string): string {
  const value = config[setting];
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? value.trim() : "";
}
