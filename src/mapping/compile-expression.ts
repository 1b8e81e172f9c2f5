import type { Json } from "../adapter-kit/contract.ts";
import type { Condition } from "./definition.ts";
import {
  ACCEPTED_IN_EXPRESSIONS,
  compileCondition,
  compileExpression,
  type Expression,
} from "./expression.ts";
import type { SourcePath } from "./faults.ts";
import type { CompileContext, Place } from "./scope.ts";

/** Compiles an expression of a mapping file; a mistake becomes a fault at its place. */
export function compileExpressionAt(text: string, context: CompileContext, at: SourcePath): Expression {
  return compiledAt(text, context, at, compileExpression) ?? (() => undefined);
}

/** The same for a condition; a value that cannot be compared makes it false. */
export function compileConditionAt(text: string, context: CompileContext, at: SourcePath): Holds {
  const holds = compiledAt(text, context, at, compileCondition);
  return (scope) => {
    try {
      return holds?.(scope) === true;
    } catch {
      return false;
    }
  };
}

/** Whether a condition holds for a scope. */
export type Holds = (scope: Json) => boolean;

export type CompiledWhen = { native?: Holds; canonical?: Holds };

/** The two sides of a `when`. */
export function compileWhen(
  when: Condition | undefined,
  context: CompileContext,
  place: Place,
): CompiledWhen {
  const side = (name: "native" | "canonical"): CompiledWhen => {
    const text = when?.[name];
    return text === undefined
      ? {}
      : { [name]: compileConditionAt(text, context, [...place.at, "when", name]) };
  };
  return { ...side("native"), ...side("canonical") };
}

function compiledAt<T>(
  text: string,
  context: CompileContext,
  at: SourcePath,
  compile: (text: string) => T,
): T | undefined {
  try {
    return compile(text);
  } catch (thrown) {
    // JSONata throws plain objects.
    const reason = (thrown as { message: string }).message;
    context.faults.add(at, `expression ${JSON.stringify(text)}: ${reason}`, ACCEPTED_IN_EXPRESSIONS);
    return undefined;
  }
}
