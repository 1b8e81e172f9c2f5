import { cp, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Log } from "../../src/adapter-kit/contract.ts";
import type { NodeConfig } from "../../src/flows/node-red.ts";

/** `wire` names the nodes that each output leads to, `a,b` fans out. */
type Drawn = { type: string; wire?: string[] | undefined; [property: string]: unknown };

/** A tab with these nodes; their ids are `<flow>.<name>`. */
export function drawFlow(flow: string, nodes: Record<string, Drawn>): NodeConfig[] {
  const id = (name: string): string => (name.includes(".") ? name : `${flow}.${name}`);
  const tab: NodeConfig = { id: flow, type: "tab", label: flow, disabled: false, info: "" };
  const drawn = Object.entries(nodes).map(([name, { wire, ...node }], row) => {
    const wires = (wire ?? []).map((output) =>
      output
        .split(",")
        .filter((one) => one !== "")
        .map(id),
    );
    return { name, x: 120 + row * 40, y: 80 + row * 20, ...node, id: id(name), z: flow, wires };
  });
  return [tab, ...drawn];
}

/**
 * A flow named after its entity: record in, merge, the nodes given, and `out`, which wishes the record to all systems. The
 * first node given follows `merge`.
 */
export function drawBetween(flow: string, nodes: Record<string, Drawn>): NodeConfig[] {
  return drawFlow(flow, {
    in: { type: "record in", entity: flow, kind: "observed", system: "", wire: ["merge"] },
    merge: { type: "merge", echoes: "end", wire: [Object.keys(nodes)[0] ?? "out"] },
    ...nodes,
    out: { type: "record out", to: "all", system: "" },
  });
}

export function functionNode(code: string, wire: string[]): Drawn {
  return {
    type: "function",
    func: code,
    outputs: wire.length,
    timeout: 0,
    noerr: 0,
    initialize: "",
    finalize: "",
    libs: [],
    wire,
  };
}

/** Folders as the engine wants them, and a palette of badly behaved nodes installed beside the hub's. */
export async function writeFlows(
  flows: Record<string, NodeConfig[]>,
): Promise<{ flowsDir: string; userDir: string }> {
  const root = await mkdtemp(join(tmpdir(), "nave-flows-"));
  const flowsDir = join(root, "flows");
  for (const [name, nodes] of Object.entries(flows)) {
    await mkdir(join(flowsDir, name), { recursive: true });
    await writeFile(join(flowsDir, name, "flow.json"), JSON.stringify(nodes));
  }
  const userDir = join(root, "editor");
  const palette = join(userDir, "node_modules", "node-red-contrib-misbehaving");
  await cp(join(import.meta.dirname, "palette"), palette, { recursive: true });
  return { flowsDir, userDir };
}

/** Log lines as they were written, for tests that promise what an operator reads. */
export function recordingLog(): Log & { lines: string[] } {
  const lines: string[] = [];
  const write = (level: string) => (_fields: Record<string, unknown>, text: string) => {
    lines.push(`${level} ${text}`);
  };
  return { lines, debug: () => undefined, info: write("info"), warn: write("warn"), error: write("error") };
}
