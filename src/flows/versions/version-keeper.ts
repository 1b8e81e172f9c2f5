import type { Log } from "../../adapter-kit/contract.ts";
import { toNaveError } from "../../errors.ts";
import { Ticker } from "../../ticker.ts";
import type { EditorView } from "../editor/editor-view.ts";
import { unknownTypes } from "../lint/known-types.ts";
import type { LiveFlows } from "../live-flows.ts";
import type { NodeRed } from "../node-red.ts";
import type { FlowLedger } from "./flow-ledger.ts";
import type { OldVersions } from "./old-versions.ts";
import type { VersionBook } from "./version-book.ts";

type Version = { flow: string; version: string };

type Around = {
  ledger: FlowLedger;
  flows: LiveFlows;
  old: OldVersions;
  book: VersionBook;
  view: EditorView;
  nodeRed: NodeRed;
  /** Whether a message is under way on this tab. */
  isBusy(tab: string): boolean;
  log: Log;
};

const LOOK_EVERY_MS = 1000;
/** A version is let go when nothing has needed it in so many looks, one after the other. */
const LOOKS_UNNEEDED = 3;

/** Follows what other hubs deploy on the same store, and has every version running in which something is under way. */
export class VersionKeeper {
  readonly #around: Around;
  readonly #ticker = new Ticker(() => this.look(), LOOK_EVERY_MS);
  #looking: Promise<void> = Promise.resolve();
  /** One that has not begun yet: whoever asks for another meanwhile shares it. */
  #nextLook: Promise<void> | undefined;
  /** Looks in which a version was not needed, by its tab. */
  readonly #unneeded = new Map<string, number>();
  readonly #saidUnloadable = new Set<string>();
  #saidFailed = false;

  constructor(around: Around) {
    this.#around = around;
  }

  /** Has loaded what is in use when it resolves. */
  async start(): Promise<void> {
    await this.look();
    this.#ticker.start();
  }

  async stop(): Promise<void> {
    await this.#ticker.stop();
    await this.#looking;
  }

  /** Follows the newest epoch, if it is another than the one that runs here; then loads and lets go of older versions. */
  look(): Promise<void> {
    if (this.#nextLook !== undefined) return this.#nextLook;
    const next = this.#looking.then(() => {
      this.#nextLook = undefined;
      return this.#look();
    });
    this.#nextLook = next;
    this.#looking = next;
    return next;
  }

  /** @returns false when this version cannot run here. */
  async load(wanted: Version): Promise<boolean> {
    await this.#change([wanted], []);
    return this.#around.flows.tabOf(wanted.flow, wanted.version) !== undefined;
  }

  async #look(): Promise<void> {
    try {
      await this.#follow();
      await this.#hold();
      this.#saidFailed = false;
    } catch (thrown) {
      if (!this.#saidFailed)
        this.#around.log.warn(
          {},
          `the flows were not looked after, trying again: ${toNaveError(thrown).message}`,
        );
      this.#saidFailed = true;
    }
  }

  async #follow(): Promise<void> {
    const { ledger, flows, view } = this.#around;
    const newest = await ledger.newest();
    if (newest === undefined || newest.number <= flows.epoch) return;
    await view.inTurn(async () => {
      if (newest.number <= flows.epoch) return;
      const { deployed, nodes } = await flows.flowsOf(newest);
      await flows.deploying({ epoch: newest, deployed }, () => view.deploy(nodes));
    });
  }

  async #hold(): Promise<void> {
    const { ledger, flows, old, book } = this.#around;
    const needed = await book.needed(await ledger.inUse());
    const neededTabs = new Set(needed.map(({ flow, version }) => old.tabOf(flow, version)));
    const idle = old.all().filter(({ tab }) => !neededTabs.has(tab) && !this.#around.isBusy(tab));
    for (const tab of this.#unneeded.keys())
      if (!idle.some((one) => one.tab === tab)) this.#unneeded.delete(tab);
    for (const { tab } of idle) this.#unneeded.set(tab, (this.#unneeded.get(tab) ?? 0) + 1);
    const dropped = idle.filter(({ tab }) => (this.#unneeded.get(tab) ?? 0) >= LOOKS_UNNEEDED);
    const missing = needed.filter(({ flow, version }) => flows.tabOf(flow, version) === undefined);
    await this.#change(
      missing,
      dropped.map(({ tab }) => tab),
    );
  }

  /** Restarts nothing that is neither loaded nor dropped. */
  async #change(wanted: readonly Version[], dropped: readonly string[]): Promise<void> {
    if (wanted.length + dropped.length === 0) return;
    const { flows, old, view } = this.#around;
    await view.inTurn(async () => {
      await view.ready();
      const added = (await Promise.all(wanted.map((one) => this.#add(one)))).flatMap((undo) => undo ?? []);
      const gone = dropped.filter((tab) => old.byTab(tab) !== undefined);
      if (added.length + gone.length === 0) return;
      for (const tab of gone) old.remove(tab);
      try {
        await flows.deploying("what runs", () => view.deploy());
      } catch (error) {
        for (const undo of added) undo();
        throw error;
      }
    });
  }

  /** @returns what takes it away again; undefined: it runs already, or cannot. */
  async #add({ flow, version }: Version): Promise<(() => void) | undefined> {
    const { flows, old, book, nodeRed, log } = this.#around;
    if (flows.tabOf(flow, version) !== undefined) return undefined;
    const recorded = await book.version(flow, version);
    const unknown = recorded === undefined ? [] : unknownTypes(nodeRed, recorded.nodes);
    if (recorded !== undefined && unknown.length === 0) return old.add({ flow, version, ...recorded });
    const why =
      recorded === undefined ? "it is not in the store" : `nothing here knows ${unknown.join(", ")}`;
    if (!this.#saidUnloadable.has(`${flow} ${version}`))
      log.error({ flow }, `version ${version} of flow ${flow} is in use and cannot run here: ${why}`);
    this.#saidUnloadable.add(`${flow} ${version}`);
    return undefined;
  }
}
