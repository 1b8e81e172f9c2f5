import { NaveError } from "../../errors.ts";
import type { CompensateRequest } from "../hub-port.ts";
import type { NodeConfig } from "../node-red.ts";
import { type Expression, requireExpression } from "./expression.ts";
import { textSetting } from "./setting.ts";

const MODES: readonly CompensateRequest["mode"][] = ["step", "all", "done"];

export type CompensateSettings = {
  mode: CompensateRequest["mode"];
  /** By which the steps, the undoing and the end of a process know each other, together with the key. */
  process: string;
  key: Expression;
};

/** What a compensate node is set to. @throws NAVE_CONFIG_INVALID naming the setting. */
export function readCompensate(config: NodeConfig): CompensateSettings {
  const mode = MODES.find((one) => one === config["mode"]);
  if (mode === undefined) {
    throw new NaveError("NAVE_CONFIG_INVALID", "does not say what it does", { accepts: MODES.join(", ") });
  }
  const process = textSetting(config, "process");
  if (process === "") {
    throw new NaveError("NAVE_CONFIG_INVALID", "does not say of which process", {
      accepts: "a name, the same in all nodes of the process",
    });
  }
  return { mode, process, key: requireExpression(config, "key") };
}
