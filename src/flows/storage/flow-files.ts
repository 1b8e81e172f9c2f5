import { createHash } from "node:crypto";
import type { NodeConfig } from "../node-red.ts";

/** One flow as it lies in its folder: what it does, apart from where its nodes stand on the canvas. */
export type FlowFiles = { logic: NodeConfig[]; layout: Layout };
export type Layout = Record<string, Record<string, unknown>>;

/** Where a node stands and how it is drawn: changing these changes nothing that runs. */
const LAYOUT_PROPERTIES = ["x", "y", "w", "h", "l", "style"];

/** What stands on the canvas for people only. */
const ANNOTATIONS = new Set(["comment", "group"]);

/** Takes layout from logic and puts both into the one order that every save of the same flow has. */
export function splitFlow(nodes: readonly NodeConfig[]): FlowFiles {
  const ordered = [...nodes].sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
  const layout: Layout = {};
  const logic = ordered.map((node) => {
    const drawn = Object.fromEntries(
      LAYOUT_PROPERTIES.filter((name) => name in node).map((name) => [name, node[name]]),
    );
    if (Object.keys(drawn).length > 0) layout[node.id] = drawn;
    return foldLines(sortProperties(node));
  });
  return { logic, layout };
}

/** The nodes as Node-RED wants them. A node without a layout is put at the edge of the canvas, where it is seen. */
export function joinFlow({ logic, layout }: FlowFiles): NodeConfig[] {
  return logic.map(unfoldLines).map((node, row) => {
    const drawn = layout[node.id];
    if (drawn !== undefined) return { ...node, ...drawn };
    return node.wires === undefined ? node : { ...node, x: 120, y: 40 + row * 60 };
  });
}

/** The same for the same behaviour: moving a node, or rewording a comment, makes no new version. */
export function versionOf(nodes: readonly NodeConfig[]): string {
  const { logic } = splitFlow(nodes.filter((node) => !ANNOTATIONS.has(node.type)));
  return createHash("sha256").update(JSON.stringify(logic)).digest("hex").slice(0, 12);
}

/** One property a line, so that a diff shows what changed and git merges edits of different nodes. */
export function print(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Folder name of a flow, from the label of its tab. */
export function folderName(label: string): string {
  const name = label
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "");
  return name === "" ? "flow" : name.slice(0, 60);
}

const LINES = ".lines";

/** Code and help texts as lists of lines, so that a diff and git see lines. */
function foldLines(node: NodeConfig): NodeConfig {
  const entries = Object.entries(node).map(([name, value]) =>
    typeof value === "string" && value.includes("\n")
      ? [`${name}${LINES}`, value.split("\n")]
      : [name, value],
  );
  return Object.fromEntries(entries) as NodeConfig;
}

function unfoldLines(node: NodeConfig): NodeConfig {
  const entries = Object.entries(node).map(([name, value]) =>
    name.endsWith(LINES) && Array.isArray(value)
      ? [name.slice(0, -LINES.length), value.join("\n")]
      : [name, value],
  );
  return Object.fromEntries(entries) as NodeConfig;
}

function rank(node: NodeConfig): number {
  return node.type === "tab" || node.type === "subflow" ? 0 : 1;
}

const FIRST = ["id", "type", "name", "label"];
const LAST = ["wires"];

function sortProperties(node: NodeConfig): NodeConfig {
  const skipped = new Set([...FIRST, ...LAST, ...LAYOUT_PROPERTIES, "credentials"]);
  const middle = Object.keys(node)
    .filter((name) => !skipped.has(name))
    .sort();
  const names = [...FIRST, ...middle, ...LAST].filter((name) => name in node);
  return Object.fromEntries(names.map((name) => [name, node[name]])) as NodeConfig;
}
