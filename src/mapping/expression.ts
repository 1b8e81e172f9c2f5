import jsonata from "jsonata";
import type { Json, JsonObject } from "../adapter-kit/contract.ts";
import { propertyReader } from "./accessor.ts";
import { FUNCTIONS, toText, toTruth } from "./expression-functions.ts";
import { isObject, sameJson, textOf } from "./path.ts";

/** A compiled expression: the value it selects in its scope, or undefined. Throws for values its functions cannot take. */
export type Expression = (scope: Json) => Json | undefined;

/**
 * Compiles the synchronous part of JSONata: its own parser, but closures instead of its evaluator, which answers with
 * promises only (docs/decisions/0101-jsonata-subset.md).
 *
 * @throws Error with a text that names what is not accepted.
 */
export function compileExpression(text: string): Expression {
  const evaluate = compileNode(jsonata(text).ast() as unknown as AstNode);
  return (scope) => evaluate(scope, scope);
}

/** The same for a condition, which holds where the expression's value counts as true in JSONata. */
export function compileCondition(text: string): (scope: Json) => boolean {
  const evaluate = compileExpression(text);
  return (scope) => truth(evaluate(scope));
}

export const ACCEPTED_IN_EXPRESSIONS = `paths, filters, texts, numbers, = != < <= > >= & in and or, ? :, [ ], { }, and ${[...FUNCTIONS.keys()].join(", ")}`;

type Evaluate = (input: Json | undefined, root: Json) => Json | undefined;

/** The nodes of the JSONata parser that are accepted here; the package's own types stop at the top one. */
type AstNode = {
  type: string;
  value?: Json;
  steps?: AstNode[];
  stages?: { type: string; expr: AstNode }[];
  predicate?: { type: string; expr: AstNode }[];
  lhs?: AstNode | [AstNode, AstNode][];
  rhs?: AstNode;
  expressions?: AstNode[] | AstNode[][];
  expression?: AstNode;
  condition?: AstNode;
  then?: AstNode;
  else?: AstNode;
  procedure?: AstNode;
  arguments?: AstNode[];
  keepSingletonArray?: boolean;
};

function compileNode(node: AstNode): Evaluate {
  const evaluate = compileBare(node);
  const filters = (node.predicate ?? []).map((stage) => compileFilter(stage));
  if (filters.length === 0) return evaluate;
  return (input, root) => {
    let items = sequence(evaluate(input, root));
    for (const filter of filters) items = filter(items, root);
    return unwrap(items);
  };
}

function compileBare(node: AstNode): Evaluate {
  switch (node.type) {
    case "string":
    case "number":
    case "value": {
      const value = node.value as Json;
      return () => value;
    }
    case "name":
      return compileName(textOf(node.value));
    case "variable":
      return compileVariable(textOf(node.value));
    case "path":
      return compilePath(node);
    case "binary":
      return compileBinary(node);
    case "unary":
      return compileConstructor(node);
    case "condition":
      return compileChoice(node);
    case "block":
      return compileBlock(node);
    case "function":
      return compileCall(node);
    default:
      throw new Error(`${node.type} is not accepted in a mapping`);
  }
}

function compileName(name: string): Evaluate {
  const get = propertyReader([name]);
  return (input) => {
    if (isObject(input)) return get(input) ?? undefined;
    return Array.isArray(input)
      ? unwrap(flatMap(input, (item) => (isObject(item) ? (item[name] ?? undefined) : undefined)))
      : undefined;
  };
}

function compileVariable(name: string): Evaluate {
  if (name === "") return (input) => input;
  if (name === "$") return (_input, root) => root;
  throw new Error(`variable $${name} is not accepted in a mapping`);
}

function compilePath(node: AstNode): Evaluate {
  if (node.keepSingletonArray) throw new Error("[] after a path is not accepted in a mapping");
  const steps = (node.steps ?? []).map((step) => ({
    evaluate: compileNode(step),
    filters: (step.stages ?? []).map((stage) => compileFilter(stage)),
    isVariable: step.type === "variable",
  }));
  const [only] = steps;
  if (steps.length === 1 && only && only.filters.length === 0) return only.evaluate;
  return (input, root) => {
    let value: Json | undefined = input;
    for (const [index, step] of steps.entries()) {
      const whole = index === 0 && step.isVariable;
      const items = whole
        ? sequence(step.evaluate(value, root))
        : flatMap(sequence(value), (item) => applyFilters(step.evaluate(item, root), step.filters, root));
      value = unwrap(items);
      if (value === undefined) return undefined;
    }
    return value;
  };
}

type Filter = (items: Json[], root: Json) => Json[];

function applyFilters(value: Json | undefined, filters: readonly Filter[], root: Json): Json | undefined {
  if (filters.length === 0) return value;
  let items = sequence(value);
  for (const filter of filters) items = filter(items, root);
  return unwrap(items);
}

/** `[0]` and `[-1]` select by position, anything else by truth. */
function compileFilter(stage: { type: string; expr: AstNode }): Filter {
  if (stage.type !== "filter") throw new Error(`${stage.type} is not accepted in a mapping`);
  const { expr } = stage;
  if (expr.type === "number" || (expr.type === "unary" && expr.value === "-")) {
    const index = Number(expr.type === "number" ? expr.value : -Number(expr.expression?.value));
    return (items) => items.slice(index, index === -1 ? undefined : index + 1);
  }
  const holds = compileNode(expr);
  return (items, root) => items.filter((item) => truth(holds(item, root)));
}

function compileBinary(node: AstNode): Evaluate {
  const left = compileNode(node.lhs as AstNode);
  const right = compileNode(node.rhs as AstNode);
  const operator = textOf(node.value);
  switch (operator) {
    case "&":
      return (input, root) => asText(left(input, root)) + asText(right(input, root));
    case "and":
      return (input, root) => truth(left(input, root)) && truth(right(input, root));
    case "or":
      return (input, root) => truth(left(input, root)) || truth(right(input, root));
    case "=":
      return (input, root) => equals(left(input, root), right(input, root));
    case "!=":
      return (input, root) => differs(left(input, root), right(input, root));
    case "in":
      return (input, root) => isIn(left(input, root), right(input, root));
    case "<":
    case "<=":
    case ">":
    case ">=":
      return (input, root) => compare(operator, left(input, root), right(input, root));
    default:
      throw new Error(
        `operator ${operator} is not accepted in a mapping: amounts are exact texts, use a converter or a function`,
      );
  }
}

function compileConstructor(node: AstNode): Evaluate {
  if (node.value === "-" && node.expression?.type === "number") {
    const value = -Number(node.expression.value);
    return () => value;
  }
  if (node.value === "[") {
    const nodes = (node.expressions ?? []) as AstNode[];
    if (nodes.every(isLiteral)) {
      const constant = nodes.map((item) => item.value as Json);
      return () => constant;
    }
    const items = nodes.map((item) => ({
      evaluate: compileNode(item),
      nests: item.value === "[" && item.type === "unary",
    }));
    return (input, root) =>
      items.flatMap(({ evaluate, nests }) => {
        const value = evaluate(input, root);
        return value === undefined ? [] : Array.isArray(value) && !nests ? value : [value];
      });
  }
  if (node.value === "{") {
    const pairs = (node.lhs as [AstNode, AstNode][]).map(
      ([key, value]) => [compileNode(key), compileNode(value)] as const,
    );
    return (input, root) => {
      const made: JsonObject = {};
      for (const [key, evaluate] of pairs) {
        const value = evaluate(input, root);
        if (value !== undefined) made[asText(key(input, root))] = value;
      }
      return made;
    };
  }
  throw new Error(`operator ${textOf(node.value)} is not accepted in a mapping`);
}

function isLiteral(node: AstNode): boolean {
  return (
    (node.type === "string" || node.type === "number" || node.type === "value") &&
    node.predicate === undefined
  );
}

function compileChoice(node: AstNode): Evaluate {
  const condition = compileNode(node.condition as AstNode);
  const yes = compileNode(node.then as AstNode);
  const no: Evaluate = node.else ? compileNode(node.else) : () => undefined;
  return (input, root) => (truth(condition(input, root)) ? yes(input, root) : no(input, root));
}

function compileBlock(node: AstNode): Evaluate {
  const [only, second] = (node.expressions ?? []) as AstNode[];
  if (!only || second) throw new Error("; is not accepted in a mapping");
  return compileNode(only);
}

function compileCall(node: AstNode): Evaluate {
  const name = `$${textOf(node.procedure?.value)}`;
  const call = FUNCTIONS.get(name);
  if (!call || node.procedure?.type !== "variable")
    throw new Error(`function ${name} is not accepted in a mapping`);
  const evaluates = (node.arguments ?? []).map(compileNode);
  const [first, second] = evaluates;
  if (first && evaluates.length === 1) return (input, root) => call(first(input, root));
  if (first && second && evaluates.length === 2)
    return (input, root) => call(first(input, root), second(input, root));
  return (input, root) => call(...evaluates.map((evaluate) => evaluate(input, root)));
}

function flatMap(items: readonly Json[], select: (item: Json) => Json | undefined): Json[] {
  const found: Json[] = [];
  for (const item of items) {
    const value = select(item);
    if (Array.isArray(value)) found.push(...value);
    else if (value !== undefined) found.push(value);
  }
  return found;
}

function sequence(value: Json | undefined): Json[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function unwrap(items: Json[]): Json | undefined {
  return items.length > 1 ? items : items[0];
}

function truth(value: Json | undefined): boolean {
  return value === true || (value !== false && toTruth(value) === true);
}

function asText(value: Json | undefined): string {
  return toText(value) ?? "";
}

function equals(a: Json | undefined, b: Json | undefined): boolean {
  return a !== undefined && b !== undefined && sameJson(a, b);
}

/** As in JSONata, a comparison with nothing is false, whichever way round. */
function differs(a: Json | undefined, b: Json | undefined): boolean {
  return a !== undefined && b !== undefined && !sameJson(a, b);
}

function isIn(value: Json | undefined, list: Json | undefined): boolean {
  return value !== undefined && sequence(list).includes(value);
}

function compare(
  operator: "<" | "<=" | ">" | ">=",
  a: Json | undefined,
  b: Json | undefined,
): Json | undefined {
  if (a === undefined || b === undefined) return undefined;
  const comparable = typeof a === typeof b && (typeof a === "number" || typeof a === "string");
  if (!comparable) throw new Error(`${JSON.stringify(a)} and ${JSON.stringify(b)} cannot be compared`);
  const [x, y] = [a as number, b as number];
  if (operator === "<") return x < y;
  if (operator === "<=") return x <= y;
  return operator === ">" ? x > y : x >= y;
}
