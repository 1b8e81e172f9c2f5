import { stationsOf } from "../node-red.ts";
import type { Place } from "./completion-tracker.ts";

/** Where a message has been in one attempt: nodes as they are drawn, by their addresses, in the order in which it came to them. */
export type MessagePath = {
  nodes: string[];
  /** Of each node, how many copies came to it. */
  copies: number[];
};

/** A message that is split into many parts must not gather a list of all their steps. */
const KEPT_UNFOLDED = 256;

/** Takes down the places that the copies of a message come to, for next to nothing at each. */
export class PathRecorder {
  readonly #recent: Place[] = [];
  /** By address; made when there is something to fold. */
  #copies: Map<string, number> | undefined;

  add(place: Place): void {
    if (this.#recent.push(place) === KEPT_UNFOLDED) this.#fold();
  }

  read(): MessagePath {
    const copies = this.#fold();
    return { nodes: [...copies.keys()], copies: [...copies.values()] };
  }

  #fold(): Map<string, number> {
    this.#copies ??= new Map();
    for (const { address } of this.#recent) this.#copies.set(address, (this.#copies.get(address) ?? 0) + 1);
    this.#recent.length = 0;
    return this.#copies;
  }
}

/** The address of a node without the versions that run: the one that is drawn. */
export function drawnAddress(address: string): string {
  return stationsOf(address).join("/");
}
