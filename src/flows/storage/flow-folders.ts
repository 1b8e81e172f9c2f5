import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NaveError } from "../../errors.ts";
import type { NodeConfig } from "../node-red.ts";
import { folderName, joinFlow, type Layout, print, splitFlow, versionOf } from "./flow-files.ts";

/** A flow: its folder's name, its tab and the nodes on it. */
export type Flow = { name: string; tab: string; enabled: boolean; version: string; nodes: NodeConfig[] };

/** Subflows, their nodes, and configuration nodes that several flows use. */
const SHARED = "_shared";

/** The folder of flows: one folder per tab, and `_shared` for what belongs to none. */
export class FlowFolders {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  async read(): Promise<{ flows: Flow[]; shared: NodeConfig[] }> {
    await mkdir(this.#dir, { recursive: true });
    const entries = await readdir(this.#dir, { withFileTypes: true });
    const names = entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map((entry) => entry.name);
    const flows: Flow[] = [];
    let shared: NodeConfig[] = [];
    for (const name of names.sort()) {
      const nodes = await this.#readFolder(name);
      if (nodes === undefined) continue;
      if (name === SHARED) shared = nodes;
      else flows.push(flowOf(name, nodes));
    }
    return { flows, shared };
  }

  /** Writes what differs, renames the folder of a flow whose tab was renamed, and empties those of flows that are gone. */
  async write(flows: readonly Flow[], shared: readonly NodeConfig[]): Promise<void> {
    const before = await this.read();
    for (const old of before.flows) {
      const now = flows.find((flow) => flow.tab === old.tab);
      if (now === undefined) await this.#empty(old.name);
      else if (now.name !== old.name) await rename(join(this.#dir, old.name), join(this.#dir, now.name));
    }
    for (const flow of flows) await this.#writeFolder(flow.name, flow.nodes);
    if (shared.length > 0 || before.shared.length > 0) await this.#writeFolder(SHARED, shared);
  }

  async #readFolder(name: string): Promise<NodeConfig[] | undefined> {
    const logic = await readJson(join(this.#dir, name, "flow.json"));
    if (logic === undefined) return undefined;
    if (!isNodeList(logic)) {
      throw new NaveError("NAVE_CONFIG_INVALID", `flows/${name}/flow.json is no flow`, {
        accepts: "a list of nodes, each with id and type, as Node-RED exports it",
      });
    }
    const layout = (await readJson(join(this.#dir, name, "layout.json"))) ?? {};
    return joinFlow({ logic, layout: layout as Layout });
  }

  async #writeFolder(name: string, nodes: readonly NodeConfig[]): Promise<void> {
    const { logic, layout } = splitFlow(nodes);
    await mkdir(join(this.#dir, name), { recursive: true });
    await replaceFile(join(this.#dir, name, "flow.json"), print(logic));
    await replaceFile(join(this.#dir, name, "layout.json"), print(layout));
  }

  /** Leaves the folder's test cases and notes to the person who wrote them. */
  async #empty(name: string): Promise<void> {
    for (const file of ["flow.json", "layout.json"]) await rm(join(this.#dir, name, file), { force: true });
    const left = await readdir(join(this.#dir, name));
    if (left.length === 0) await rm(join(this.#dir, name), { recursive: true });
  }
}

/** Sorts Node-RED's one list of nodes into flows; `known` keeps the folder names of tabs whose label has not changed. */
export function sortIntoFlows(
  nodes: readonly NodeConfig[],
  known: readonly Flow[],
): { flows: Flow[]; shared: NodeConfig[] } {
  const taken = new Set<string>();
  const tabs = nodes.filter((node) => node.type === "tab");
  const flows = tabs.map((tab) => {
    const name = uniqueName(tab, known, taken);
    taken.add(name);
    return flowOf(name, [tab, ...nodes.filter((node) => node.z === tab.id)]);
  });
  const tabIds = new Set(tabs.map((tab) => tab.id));
  const shared = nodes.filter((node) => node.type !== "tab" && !tabIds.has(node.z ?? ""));
  return { flows, shared };
}

export function flowOf(name: string, nodes: NodeConfig[]): Flow {
  const tab = nodes.find((node) => node.type === "tab");
  if (tab === undefined) {
    throw new NaveError("NAVE_CONFIG_INVALID", `flows/${name}/flow.json has no tab`, {
      accepts: 'exactly one node of type "tab", on which all others stand',
    });
  }
  return { name, tab: tab.id, enabled: tab.disabled !== true, version: versionOf(nodes), nodes };
}

function uniqueName(tab: NodeConfig, known: readonly Flow[], taken: ReadonlySet<string>): string {
  const before = known.find((flow) => flow.tab === tab.id);
  const label = folderName(tab.label ?? tab.id);
  const labelBefore = folderName(before?.nodes.find((node) => node.id === tab.id)?.label ?? "");
  if (before !== undefined && label === labelBefore && !taken.has(before.name)) return before.name;
  const others = new Set([...taken, ...known.filter((flow) => flow.tab !== tab.id).map((flow) => flow.name)]);
  let name = label;
  for (let copy = 2; others.has(name); copy += 1) name = `${label}-${copy}`;
  return name;
}

export function isNodeList(value: unknown): value is NodeConfig[] {
  return (
    Array.isArray(value) &&
    value.every(
      (node: unknown) => typeof node === "object" && node !== null && "id" in node && "type" in node,
    )
  );
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const wrong = /^<{7} /m.test(text)
      ? "has a conflict of git that nobody has solved"
      : `is no JSON: ${(error as Error).message}`;
    throw new NaveError("NAVE_CONFIG_INVALID", `${file} ${wrong}`, {}, error);
  }
}

/** A reader, or a crash, sees the old file or the new one. An unchanged file is left alone. */
export async function replaceFile(file: string, text: string, mode = 0o644): Promise<void> {
  const old = await readFile(file, "utf8").catch(() => undefined);
  if (old === text) return;
  await writeFile(`${file}.new`, text, { mode });
  await rename(`${file}.new`, file);
}
