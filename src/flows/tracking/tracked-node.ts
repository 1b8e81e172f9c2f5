import type { Place, Step } from "./completion-tracker.ts";

/** A node with the unfinished copies that are on their way to it and inside it. */
export type TrackedNode = {
  readonly node: object;
  readonly place: Place;
  readonly travelling: Copies;
  readonly working: Copies;
};

export function trackNode(node: object, place: Place): TrackedNode {
  return { node, place, travelling: new Copies(), working: new Copies() };
}

/**
 * Copies in the order in which they came, which is mostly the order in which they are asked for.
 *
 * Linked, for this is done for every copy at every node: a map with message objects as keys costs more than all other counting.
 */
export class Copies {
  #first: Step | undefined;
  #last: Step | undefined;

  add(step: Step): void {
    step.before = this.#last;
    step.after = undefined;
    if (this.#last === undefined) this.#first = step;
    else this.#last.after = step;
    this.#last = step;
  }

  find(message: object): Step | undefined {
    let step = this.#first;
    while (step !== undefined && step.message !== message) step = step.after;
    return step;
  }

  /** Whether there is any beside this one. */
  hasOtherThan(step: Step | undefined): boolean {
    return this.#first !== this.#last || (this.#first !== undefined && this.#first !== step);
  }

  /** Only of a step that is in here. */
  delete(step: Step): void {
    const { before, after } = step;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    step.before = undefined;
    step.after = undefined;
  }
}
