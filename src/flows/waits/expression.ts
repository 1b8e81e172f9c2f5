import jsonata from "jsonata";
import { NaveError } from "../../errors.ts";
import { isStorable } from "../../receive/storable.ts";
import type { NodeConfig } from "../node-red.ts";
import { textSetting } from "./setting.ts";

/** A key is looked up by an index, which takes no long texts. */
const LONGEST_KEY = 300;

export type Expression = { text: string; evaluate(input: unknown): Promise<unknown> };

/** A setting that holds a JSONata expression; undefined where it is left empty. @throws NAVE_CONFIG_INVALID naming it. */
export function readExpression(config: NodeConfig, setting: string): Expression | undefined {
  const text = textSetting(config, setting);
  return text === "" ? undefined : compileExpression(text, setting);
}

/** The same where it must not be left empty. */
export function requireExpression(config: NodeConfig, setting: string): Expression {
  const expression = readExpression(config, setting);
  if (expression !== undefined) return expression;
  throw new NaveError("NAVE_CONFIG_INVALID", `has no expression as ${setting}`, {
    accepts: "a JSONata expression, such as payload.number",
  });
}

export function compileExpression(text: string, setting: string): Expression {
  try {
    const expression = jsonata(text);
    return { text, evaluate: async (input) => (await expression.evaluate(input)) as unknown };
  } catch (error) {
    throw new NaveError(
      "NAVE_CONFIG_INVALID",
      `has an expression as ${setting} that cannot be read (${(error as Error).message}): ${text}`,
      { accepts: "a JSONata expression, such as payload.number" },
    );
  }
}

/** The key that an expression finds in a message. @throws NAVE_RECORD_INVALID when it finds none. */
export async function keyFrom(expression: Expression, message: unknown): Promise<string> {
  const key = await expression.evaluate(message);
  if (typeof key === "number" || (typeof key === "string" && isUsable(key))) return String(key);
  throw new NaveError(
    "NAVE_RECORD_INVALID",
    `the expression ${expression.text} finds no key in the message`,
    {
      value: key,
      accepts: `a number, or a text of 1 to ${LONGEST_KEY} characters without NUL`,
    },
  );
}

function isUsable(key: string): boolean {
  return key !== "" && key.length <= LONGEST_KEY && isStorable(key);
}
