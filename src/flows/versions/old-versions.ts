import type { NodeConfig } from "../node-red.ts";
import { copyOf, plainId } from "./version-copy.ts";

/** A version of a flow that runs beside a newer one, for what is still under way in it. */
export type OldVersion = {
  flow: string;
  version: string;
  /** Of the copy. */
  tab: string;
  nodes: readonly NodeConfig[];
};

export type Recorded = { flow: string; version: string; tab: string; nodes: readonly NodeConfig[] };

/** The older versions of flows that this process holds. */
export class OldVersions {
  readonly #byTab = new Map<string, OldVersion>();
  /** Not started yet. Node-RED takes credentials with a node that is new to it. */
  readonly #fresh = new Set<OldVersion>();

  /** @returns what takes it away again. */
  add({ flow, version, tab, nodes }: Recorded): () => void {
    const old: OldVersion = { flow, version, tab: `${tab}~${version}`, nodes: copyOf(nodes, version) };
    if (this.#byTab.has(old.tab)) return () => undefined;
    this.#byTab.set(old.tab, old);
    this.#fresh.add(old);
    return () => this.#remove(old);
  }

  remove(tab: string): void {
    const old = this.#byTab.get(tab);
    if (old !== undefined) this.#remove(old);
  }

  #remove(old: OldVersion): void {
    if (this.#byTab.get(old.tab) !== old) return;
    this.#byTab.delete(old.tab);
    this.#fresh.delete(old);
  }

  all(): OldVersion[] {
    return [...this.#byTab.values()];
  }

  byTab(tab: string): OldVersion | undefined {
    return this.#byTab.get(tab);
  }

  /** The tab of its copy; undefined: it does not run here. */
  tabOf(flow: string, version: string): string | undefined {
    const isMeant = (old: OldVersion) => old.flow === flow && old.version === version;
    return this.all().find((old) => isMeant(old) && !this.#fresh.has(old))?.tab;
  }

  /** As Node-RED is to have them; the copy of a node has the credentials of that node. */
  nodes(credentialsOf: (id: string) => unknown): NodeConfig[] {
    return this.all().flatMap((old) =>
      old.nodes.map((node) => {
        const credentials = this.#fresh.has(old) ? credentialsOf(plainId(node.id)) : undefined;
        return credentials === undefined ? node : { ...node, credentials: structuredClone(credentials) };
      }),
    );
  }

  /** Node-RED has started all of them. */
  started(): void {
    this.#fresh.clear();
  }
}
