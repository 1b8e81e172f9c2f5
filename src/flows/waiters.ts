import type { ArrivalAtNode, FlowPlace } from "./hub-port.ts";
import { naveContext } from "./nave-message.ts";
import type { Waiter } from "./node-api.ts";
import { addressOf, type LiveNode, type RedMessage, tabOf } from "./node-red.ts";
import { nameOf, type Place, type Run } from "./tracking/completion-tracker.ts";
import { partOf } from "./tracking/part-of.ts";
import { isCopied } from "./versions/version-copy.ts";
import type { SchedulePlan } from "./waits/schedule-plan.ts";

/** A deployed node from which messages go on. */
export type LiveWaiter = { place: FlowPlace; where: string; outputs: number; plan?: SchedulePlan };

type Surroundings = {
  placeOf(node: LiveNode): Place;
  versionOf(tab: string): string;
  isLive(tab: string): boolean;
  /** The attempt of a hub message that this copy belongs to. */
  runOf(message: RedMessage): Run | undefined;
};

/** The nodes at which messages wait, as they are deployed in this process. */
export class Waiters {
  readonly #around: Surroundings;
  /** By the address of the node, which is the same in each version of the flow. */
  readonly #byAddress = new Map<string, Set<Waiter>>();
  /** How many copies that nothing else tells apart have come to a node in one attempt. */
  readonly #alike = new WeakMap<Run, Map<string, number>>();

  constructor(around: Surroundings) {
    this.#around = around;
  }

  add(waiter: Waiter): () => void {
    const address = addressOf(waiter.node);
    const alike = this.#byAddress.get(address) ?? new Set();
    this.#byAddress.set(address, alike.add(waiter));
    return () => {
      alike.delete(waiter);
      if (alike.size === 0 && this.#byAddress.get(address) === alike) this.#byAddress.delete(address);
    };
  }

  /** The node that is to send what goes on there: on this tab, or absent, in the newest version of its flow. */
  find({ node }: FlowPlace, output: number, tab: string | undefined): Waiter | undefined {
    return [...(this.#byAddress.get(node) ?? [])].find((waiter) => {
      const isMeant = tab === undefined ? !isOlder(waiter) : tabOf(waiter.node) === tab;
      return isMeant && output < waiter.outputs && this.#isLive(waiter);
    });
  }

  /** In the newest version of each flow. */
  live(): LiveWaiter[] {
    const all = [...this.#byAddress.values()].flatMap((alike) => [...alike]);
    const live = all.filter((waiter) => !isOlder(waiter) && this.#isLive(waiter));
    return live.map(({ node, outputs, plan }) => ({
      place: this.#flowPlaceOf(node),
      where: this.#inWords(node),
      outputs,
      ...(plan === undefined ? {} : { plan }),
    }));
  }

  /** What identifies this copy at this node, the same at its next redelivery. Without a key, it is a case of its own. */
  arrival(node: LiveNode, message: RedMessage, key: string | undefined): ArrivalAtNode {
    const run = this.#around.runOf(message);
    const { tab } = this.#around.placeOf(node);
    const place = this.#flowPlaceOf(node, run?.versions.get(tab));
    // A flow can put the context of another message there, such as one that was collected; under way is this one.
    const messageId = run?.messageId ?? naveContext(message).messageId;
    const part = this.#part(run, place.node, message);
    const ownKey = part === "" ? messageId : `${messageId}/${part}`;
    return { messageId, part, place, where: this.#inWords(node), key: key ?? ownKey };
  }

  /** Copies that a function node made are told apart by their order. */
  #part(run: Run | undefined, node: string, message: RedMessage): string {
    const part = partOf(message);
    if (run === undefined) return part;
    const counts = this.#alike.get(run) ?? new Map<string, number>();
    this.#alike.set(run, counts);
    const name = `${node} ${part}`;
    const before = counts.get(name) ?? 0;
    counts.set(name, before + 1);
    return before === 0 ? part : `${part}#${before}`;
  }

  #flowPlaceOf(node: LiveNode, flowVersion?: string): FlowPlace {
    const { flow, tab } = this.#around.placeOf(node);
    return { flow, flowVersion: flowVersion ?? this.#around.versionOf(tab), node: addressOf(node) };
  }

  #inWords(node: LiveNode): string {
    return nameOf({ ...this.#around.placeOf(node), node: addressOf(node) });
  }

  #isLive({ node }: Waiter): boolean {
    return this.#around.isLive(this.#around.placeOf(node).tab);
  }
}

function isOlder({ node }: Waiter): boolean {
  return isCopied(tabOf(node));
}
