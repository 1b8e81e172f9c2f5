import type { Deployment, InUse } from "../../store/flow-versions.ts";
import type { LiveFlows } from "../live-flows.ts";
import type { NodeConfig } from "../node-red.ts";
import type { FlowLedger } from "./flow-ledger.ts";

/** The live flows of an epoch, as far as they run here, by their tabs; and those that do not. */
export type EpochHere = { tabs: ReadonlySet<string>; missing: readonly Deployment[] };

const EPOCHS_KEPT = 1000;
const VERSIONS_KEPT = 200;

/** Which version of each flow belongs to which epoch, and what runs of it in this process. */
export class VersionBook {
  readonly #ledger: FlowLedger;
  readonly #flows: LiveFlows;
  readonly #deployments = new Map<number, readonly Deployment[]>();
  readonly #versions = new Map<string, { tab: string; nodes: NodeConfig[] }>();
  readonly #here = new Map<number, EpochHere>();

  constructor(ledger: FlowLedger, flows: LiveFlows) {
    this.#ledger = ledger;
    this.#flows = flows;
  }

  /** As `at`, without asking; undefined: it has to be asked for. */
  known(epoch: number): EpochHere | undefined {
    return this.#here.get(epoch);
  }

  async at(epoch: number): Promise<EpochHere> {
    const known = this.known(epoch);
    if (known !== undefined) return known;
    const tabs = new Set<string>();
    const missing: Deployment[] = [];
    for (const one of await this.#live(epoch)) {
      const tab = this.#flows.tabOf(one.flow, one.version);
      if (tab === undefined) missing.push(one);
      else tabs.add(tab);
    }
    const here = { tabs, missing };
    this.#here.set(epoch, here);
    return here;
  }

  /** Whether this is still what runs here. */
  isCurrent(epoch: number, here: EpochHere): boolean {
    return this.known(epoch) === here;
  }

  /** Something else runs here from now on. */
  forget(): void {
    this.#here.clear();
  }

  async version(flow: string, version: string): Promise<{ tab: string; nodes: NodeConfig[] } | undefined> {
    const key = `${flow} ${version}`;
    const known = this.#versions.get(key) ?? (await this.#ledger.version(flow, version));
    if (known !== undefined) keep(this.#versions, key, known, VERSIONS_KEPT);
    return known;
  }

  /** Versions older than those that run, in which something is or may be under way. */
  async needed({ pinned, goingOn }: InUse): Promise<{ flow: string; version: string }[]> {
    const needed = new Map<string, { flow: string; version: string }>();
    const need = ({ flow, version }: { flow: string; version: string }) =>
      needed.set(`${flow} ${version}`, { flow, version });
    for (const { epoch, entity } of pinned) {
      for (const one of await this.#live(epoch)) {
        const recorded = this.#flows.isNewest(one) ? undefined : await this.version(one.flow, one.version);
        if (recorded?.nodes.some((node) => node.type === "record in" && node["entity"] === entity)) need(one);
      }
    }
    for (const one of goingOn) if (!this.#flows.isNewest(one)) need(one);
    return [...needed.values()];
  }

  async #live(epoch: number): Promise<readonly Deployment[]> {
    const known = this.#deployments.get(epoch) ?? (await this.#ledger.deployments(epoch));
    keep(this.#deployments, epoch, known, EPOCHS_KEPT);
    return known.filter(({ state }) => state === "live");
  }
}

/** What was asked for least lately goes first. */
function keep<Key, Value>(kept: Map<Key, Value>, key: Key, value: Value, most: number): void {
  kept.delete(key);
  kept.set(key, value);
  const [oldest] = kept.keys();
  if (kept.size > most && oldest !== undefined) kept.delete(oldest);
}
