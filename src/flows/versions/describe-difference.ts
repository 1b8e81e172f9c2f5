import type { FlowDifference, NamedNode, Wire } from "./compare-flows.ts";
import type { Difference } from "./differences.ts";
import { lineDifference } from "./line-difference.ts";

const LONGEST_VALUE = 120;
/** Of a summary. */
const MOST_PARTS = 5;

type Described = FlowDifference & {
  flow: string;
  against: string;
  versions: { before?: string | undefined; after?: string | undefined };
};

/** The difference of two versions, for a terminal. */
export function describeDifference({ flow, against, versions, ...difference }: Described): string[] {
  const lines = [
    ...difference.added.map((node) => `added    ${nameOf(node)}`),
    ...difference.removed.map((node) => `removed  ${nameOf(node)}`),
    ...difference.changed.flatMap((node) => [
      `changed  ${nameOf(node)}`,
      ...node.properties.flatMap(describeProperty).map((line) => `         ${line}`),
    ]),
    ...difference.wired.map((wire) => `wired    ${describeWire(wire)}`),
    ...difference.unwired.map((wire) => `unwired  ${describeWire(wire)}`),
    ...difference.redrawn.map((node) => `redrawn  ${nameOf(node)}`),
  ];
  return [`${flow}: ${headline(difference.behaves, lines.length, against, versions)}`, ...lines];
}

/** The same in one line, of one flow: `changed function "total" (func); added merge; 2 wires`. */
export function summariseDifference(difference: FlowDifference): string {
  const { added, removed, changed, wired, unwired, redrawn } = difference;
  const nodes = added.filter(({ type }) => type !== "tab");
  if (nodes.length < added.length && changed.length === 0) return `new, with ${nodes.length} nodes`;
  const wires = wired.length + unwired.length;
  const parts = [
    ...added.map((node) => `added ${shortName(node)}`),
    ...removed.map((node) => `removed ${shortName(node)}`),
    ...changed.map((node) => `changed ${shortName(node)} (${propertiesOf(node)})`),
    ...(wires === 0 ? [] : [`${wires} wire${wires === 1 ? "" : "s"}`]),
  ];
  if (parts.length === 0) return redrawn.length === 0 ? "nothing" : "the drawing";
  const shown = parts.slice(0, MOST_PARTS);
  const left = parts.length - shown.length;
  return left === 0 ? shown.join("; ") : `${shown.join("; ")}; and ${left} more`;
}

function shortName({ type, name }: NamedNode): string {
  return name === undefined ? type : `${type} "${name}"`;
}

function propertiesOf({ properties }: FlowDifference["changed"][number]): string {
  return [...new Set(properties.map(({ path }) => path.replace(/[.[].*$/, "")))].join(", ");
}

function headline(
  behaves: boolean,
  lines: number,
  against: string,
  { before, after }: Described["versions"],
): string {
  if (before === undefined) return `new, not there in ${against} (version ${after})`;
  if (after === undefined) return `gone, there in ${against} (version ${before})`;
  if (lines === 0) return `the same as in ${against} (version ${after})`;
  if (!behaves) return `does the same as in ${against} (version ${after}), only the drawing differs`;
  return `does something else than in ${against} (version ${before}, now ${after})`;
}

function nameOf({ id, type, name }: NamedNode): string {
  return name === undefined ? `${type} (${id})` : `${type} "${name}" (${id})`;
}

function describeWire({ from, output, to }: Wire): string {
  return `${nameOf(from)}, output ${output}, to ${nameOf(to)}`;
}

function describeProperty({ path, before, after }: Difference): string[] {
  if (isLines(before) || isLines(after)) {
    const [old, now] = [before ?? "", after ?? ""].map(String) as [string, string];
    return [path, ...lineDifference(old.split("\n"), now.split("\n")).map((line) => `  ${line}`)];
  }
  return [`${path}: ${show(before)} -> ${show(after)}`];
}

function isLines(value: unknown): boolean {
  return typeof value === "string" && value.includes("\n");
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)} ...`;
}
