import { CANDIDATES_ACCEPT } from "../../access/candidates.ts";
import { NaveError } from "../../errors.ts";
import type { NodeConfig } from "../node-red.ts";
import { type Form, readForm } from "./approval-form.ts";
import { type Due, readDue } from "./deadline-settings.ts";
import { type Expression, readExpression } from "./expression.ts";
import { textSetting } from "./setting.ts";

/** Texts may hold values of the message. */
export type ApprovalSettings = {
  question: string;
  candidates: string;
  mode: "any" | "all";
  /** Under one key there is one question at a time; absent: each message is a question of its own. */
  key?: Expression;
  dueIn?: (message: unknown) => Promise<Due>;
  escalation?: { candidates: string; dueIn: (message: unknown) => Promise<Due> };
  form?: Form;
};

/** What an approve node is set to. @throws NAVE_CONFIG_INVALID naming the setting. */
export function readApproval(config: NodeConfig): ApprovalSettings {
  const question = requireText(config, "question", "a text, such as Ship order {{payload.number}}?");
  const candidates = requireText(config, "candidates", CANDIDATES_ACCEPT);
  const key = readExpression(config, "key");
  const escalateTo = textSetting(config, "escalateTo");
  const form = readForm(textSetting(config, "form"));
  const isTimed = textSetting(config, "due") !== "";
  if (escalateTo !== "" && !isTimed) {
    throw new NaveError("NAVE_CONFIG_INVALID", "escalates, and has no deadline after which it would", {
      accepts: "a deadline, or nobody to escalate to",
    });
  }
  return {
    question,
    candidates,
    mode: config["mode"] === "all" ? "all" : "any",
    ...(key && { key }),
    ...(isTimed && { dueIn: readDue(config, "due") }),
    ...(escalateTo !== "" && {
      escalation: { candidates: escalateTo, dueIn: readDue(config, "escalateDue") },
    }),
    ...(form && { form }),
  };
}

function requireText(config: NodeConfig, setting: string, accepts: string): string {
  const text = textSetting(config, setting);
  if (text !== "") return text;
  throw new NaveError("NAVE_CONFIG_INVALID", `has no ${setting}`, { accepts });
}
