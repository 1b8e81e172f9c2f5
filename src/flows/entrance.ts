import { NaveError } from "../errors.ts";
import type { FlowGate } from "./flow-gate.ts";
import type { FlowMessage, FlowPlace } from "./hub-port.ts";
import type { LiveFlows } from "./live-flows.ts";
import type { Source, Waiter } from "./node-api.ts";
import { tabOf } from "./node-red.ts";
import { type Entering, type Sources, takes } from "./sources.ts";
import type { VersionBook } from "./versions/version-book.ts";
import type { VersionKeeper } from "./versions/version-keeper.ts";
import type { Waiters } from "./waiters.ts";

type Around = {
  flows: LiveFlows;
  book: VersionBook;
  keeper: VersionKeeper;
  gate: FlowGate;
  sources: Sources;
  waiters: Waiters;
};

/** Where a message enters flows: at the versions of its epoch, be they the newest or older ones. */
export class Entrance {
  readonly #around: Around;

  constructor(around: Around) {
    this.#around = around;
  }

  /**
   * The `record in` nodes that the message goes to. Waits while one of its flows is being replaced.
   *
   * @throws NAVE_FLOW_AWAY when none takes it, or one that does cannot run here.
   */
  async open(message: FlowMessage, epoch: number): Promise<Source[]> {
    const { book, gate, sources, keeper, flows } = this.#around;
    if (epoch > flows.epoch) await keeper.look();
    for (;;) {
      const here = book.known(epoch) ?? (await book.at(epoch));
      const taking = () => sources.taking(message, (tab) => here.tabs.has(tab) && flows.isLive(tab));
      if (here.missing.length > 0 && (await this.#loadMissing(message, here.missing))) continue;
      if (!gate.isOpen) await gate.pass(() => new Set(taking().map(({ node }) => tabOf(node))));
      if (!book.isCurrent(epoch, here)) continue;
      const found = taking();
      if (found.length > 0) return found;
      throw takenByNobody(message);
    }
  }

  /**
   * The node that sends what goes on: in the version in which it waited, and where there is no such version any more, in the
   * newest. Undefined: in neither.
   */
  async goOn(place: FlowPlace, output: number): Promise<Waiter | undefined> {
    const { flows, waiters, gate, keeper } = this.#around;
    const find = () => waiters.find(place, output, flows.tabOf(place.flow, place.flowVersion));
    for (;;) {
      const tab = flows.tabOf(place.flow, place.flowVersion);
      if (tab === undefined) await keeper.load({ flow: place.flow, version: place.flowVersion });
      await gate.pass(() => new Set([find()].flatMap((waiter) => (waiter ? [tabOf(waiter.node)] : []))));
      if (tab === undefined || flows.tabOf(place.flow, place.flowVersion) === tab) return find();
    }
  }

  /** @returns whether something has been loaded that was missing. */
  async #loadMissing(
    message: Entering,
    missing: readonly { flow: string; version: string }[],
  ): Promise<boolean> {
    const { book, keeper } = this.#around;
    let loaded = false;
    for (const one of missing) {
      const recorded = await book.version(one.flow, one.version);
      if (recorded === undefined || !takes(recorded.nodes, message)) continue;
      if (!(await keeper.load(one))) throw cannotRun(message, one);
      loaded = true;
    }
    return loaded;
  }
}

function takenByNobody({ kind, entity, system }: Entering): NaveError {
  const author = system === undefined ? "" : ` from ${system}`;
  return new NaveError("NAVE_FLOW_AWAY", `no live flow takes ${kind} ${entity} messages${author}`, {
    accepts: "a record in node of a deployed flow that takes them",
  });
}

function cannotRun(
  { kind, entity }: Entering,
  { flow, version }: { flow: string; version: string },
): NaveError {
  const text = `flow ${flow} takes ${kind} ${entity} messages, and its version ${version} cannot run here`;
  return new NaveError("NAVE_FLOW_AWAY", text, { accepts: "a hub that has every node type of the flow" });
}
