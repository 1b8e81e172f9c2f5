import type { MappingFunctions } from "../adapter-kit/converters/converter.ts";
import type { FieldPath } from "../canonical/types.ts";
import type { CodeListDefinition, FieldRule, KeyRule, ListRule, MappingDefinition } from "./definition.ts";
import { textOf } from "./path.ts";
import { asFieldRule, eachRule, isListRule, keyRuleOf, type ScopeDefinition } from "./rules.ts";
import { type Sides, sidesOf } from "./sides.ts";
import type { Mapping } from "./types.ts";

/** What a part of the body means to the system: read from it, written to it, in the part itself or somewhere below. */
type Node = Sides & {
  isLeaf: boolean;
  properties: Map<string, Node>;
  items: { accepts(key: string): boolean; node: Node }[];
};

/** Answers which canonical fields the system can hold, by path with list keys such as `addresses[billing].city`. */
export function compileCoverage(
  definition: MappingDefinition,
  system: string,
  functions: MappingFunctions,
): Pick<Mapping, "covers" | "reads" | "writes"> {
  const root = newNode();
  addScope(
    root,
    definition,
    { reads: true, writes: true },
    { codes: definition.codes ?? {}, functions, system },
  );
  const sidesAt = remembering((path) => {
    const nodes = nodesAt([root], path);
    return { reads: nodes.some((node) => node.reads), writes: nodes.some((node) => node.writes) };
  });
  return {
    covers: (path) => sidesAt(path).reads || sidesAt(path).writes,
    reads: (path) => sidesAt(path).reads,
    writes: (path) => sidesAt(path).writes,
  };
}

const MOST_REMEMBERED = 5000;

/** The same few paths are asked about for every record; those with list keys are many, and forgotten from time to time. */
function remembering(answer: (path: FieldPath) => Sides): (path: FieldPath) => Sides {
  const known = new Map<FieldPath, Sides>();
  return (path) => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const sides = answer(path);
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(path, sides);
    return sides;
  };
}

function newNode(): Node {
  return { reads: false, writes: false, isLeaf: false, properties: new Map(), items: [] };
}

type Surroundings = {
  codes: Record<string, CodeListDefinition>;
  functions: MappingFunctions;
  system: string;
};

function addScope(node: Node, scope: ScopeDefinition, within: Sides, around: Surroundings): void {
  for (const { name, rule } of eachRule(scope.fields, [])) {
    if (isListRule(rule)) addList(node, name, rule, within, around);
    else addField(node, name, asFieldRule(rule), within, around);
  }
  if (Array.isArray(scope.extensions))
    for (const path of scope.extensions) addLeaf(node, `extensions.${around.system}.${path}`, within);
  else if (scope.extensions !== undefined) addLeaf(node, `extensions.${around.system}`, within);
}

function addField(node: Node, name: string, rule: FieldRule, within: Sides, around: Surroundings): void {
  const sides = both(sidesOf(rule, around.functions), within);
  const base = name === "." ? "" : name;
  const paths = rule.parts?.map((part) => (base === "" ? part : `${base}.${part}`)) ?? [base];
  for (const path of paths) addLeaf(node, path, sides);
}

function addList(node: Node, name: string, rule: ListRule, within: Sides, around: Surroundings): void {
  const direction = rule.direction ?? "both";
  const sides = both({ reads: direction !== "out", writes: direction !== "in" }, within);
  const list = descend(node, name, sides);
  const item = newNode();
  list.items.push({ accepts: keyTest(keyRuleOf(rule), around), node: item });
  addLeaf(item, "key", sides);
  addScope(item, rule, sides, around);
}

function both(a: Sides, b: Sides): Sides {
  return { reads: a.reads && b.reads, writes: a.writes && b.writes };
}

function addLeaf(node: Node, path: string, sides: Sides): void {
  descend(node, path, sides).isLeaf = true;
}

function descend(from: Node, path: string, sides: Sides): Node {
  let node = mark(from, sides);
  for (const name of path.split(".")) {
    const next = node.properties.get(name) ?? newNode();
    node.properties.set(name, next);
    node = mark(next, sides);
  }
  return node;
}

function mark(node: Node, sides: Sides): Node {
  node.reads ||= sides.reads;
  node.writes ||= sides.writes;
  return node;
}

/** Which items the system can hold: one with a constant key, those of a code list, or all. */
function keyTest(key: KeyRule, around: Surroundings): (key: string) => boolean {
  if (key.constant !== undefined) return (wanted) => wanted === key.constant;
  const list = key.codes === undefined ? undefined : around.codes[key.codes];
  if (list === undefined) return () => true;
  const keys = new Set([...list.both, ...list.out, ...list.in].map(([, canonical]) => textOf(canonical)));
  return (wanted) =>
    keys.has(wanted) || (key.duplicates === "number" && keys.has(wanted.replace(/-\d+$/, "")));
}

/** The nodes that answer for a path; a leaf answers for everything below it, a list without a key for all its items. */
function nodesAt(from: readonly Node[], path: FieldPath): Node[] {
  let nodes = [...from];
  for (const [, name, key] of path.matchAll(/([^.[\]]+)(?:\[([^\]]*)\])?/g)) {
    nodes = nodes.flatMap((node) => step(node, name as string, key));
  }
  return nodes;
}

function step(node: Node, name: string, key: string | undefined): Node[] {
  if (node.isLeaf && node.properties.size === 0) return [node];
  const children = [node, ...node.items.map((item) => item.node)].flatMap(
    (one) => one.properties.get(name) ?? [],
  );
  if (key === undefined) return children;
  return children.flatMap((child) =>
    child.isLeaf ? [child] : child.items.flatMap((item) => (item.accepts(key) ? [item.node] : [])),
  );
}
