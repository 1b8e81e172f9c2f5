import { randomBytes } from "node:crypto";

/** How many runs back it is known whether they completed. */
const ENDINGS_KEPT = 10_000;

/** By what a message is found: itself, and the story that it belongs to. */
export type MessageNames = { messageId: string; correlationId?: string };

/** Numbers the runs, so that an id alone tells that it was given here, to which message, and how its run ended lately. */
export class RunIds {
  /** Ids of other processes come along when messages travel from hub to hub. */
  readonly #prefix = `nave-${randomBytes(3).toString("hex")}-`;
  /** The numbers of runs that completed, each at its remainder. */
  readonly #completed = new Float64Array(ENDINGS_KEPT);
  /** The stories that their messages belong to, at the same places. */
  readonly #stories: (string | undefined)[] = [];
  #sequence = 0;

  next(messageId: string, correlationId?: string): string {
    this.#sequence += 1;
    this.#stories[this.#sequence % ENDINGS_KEPT] = correlationId;
    return `${this.#prefix}${this.#sequence.toString(36)}-${messageId}`;
  }

  gave(id: string): boolean {
    return id.startsWith(this.#prefix);
  }

  markCompleted(id: string): void {
    const number = this.#numberOf(id);
    this.#completed[number % ENDINGS_KEPT] = number;
  }

  /** The message of a run that completed; undefined: it failed, or ended too many runs ago. */
  completed(id: string): MessageNames | undefined {
    const number = this.#numberOf(id);
    if (this.#completed[number % ENDINGS_KEPT] !== number) return undefined;
    const messageId = id.slice(id.indexOf("-", this.#prefix.length) + 1);
    const correlationId = this.#stories[number % ENDINGS_KEPT];
    return { messageId, ...(correlationId === undefined ? {} : { correlationId }) };
  }

  #numberOf(id: string): number {
    const from = this.#prefix.length;
    return Number.parseInt(id.slice(from, id.indexOf("-", from)), 36);
  }
}
