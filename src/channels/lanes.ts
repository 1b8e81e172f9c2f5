type LanesOptions<Item> = {
  /** Most items worked on at a time. */
  limit: number;
  keyOf: (item: Item) => string;
  /** Must not reject: what failed is dealt with inside. */
  work: (item: Item) => Promise<void>;
};

/** Works on items of one key one after the other, in the order they were added, and on different keys side by side. */
export class Lanes<Item> {
  readonly #options: LanesOptions<Item>;
  /** Items behind the one that is running or ready, by key. */
  readonly #waiting = new Map<string, Item[]>();
  /** Heads of lanes for which there was no room yet. */
  readonly #ready: Item[] = [];
  #running = 0;
  #stopping: PromiseWithResolvers<void> | undefined;

  constructor(options: LanesOptions<Item>) {
    this.#options = options;
  }

  add(item: Item): void {
    const key = this.#options.keyOf(item);
    const lane = this.#waiting.get(key);
    if (lane !== undefined) {
      lane.push(item);
      return;
    }
    this.#waiting.set(key, []);
    this.#ready.push(item);
    this.#startReady();
  }

  /** Starts nothing more, waits for what is running, and answers what was never started (to the first caller). */
  async stop(): Promise<Item[]> {
    this.#stopping ??= Promise.withResolvers();
    if (this.#running === 0) this.#stopping.resolve();
    await this.#stopping.promise;
    const unstarted = [...this.#ready.splice(0), ...[...this.#waiting.values()].flat()];
    this.#waiting.clear();
    return unstarted;
  }

  #startReady(): void {
    while (this.#stopping === undefined && this.#running < this.#options.limit) {
      const item = this.#ready.shift();
      if (item === undefined) return;
      this.#running++;
      void this.#finish(item);
    }
  }

  async #finish(item: Item): Promise<void> {
    await this.#options.work(item);
    this.#running--;
    const key = this.#options.keyOf(item);
    const next = this.#waiting.get(key)?.shift();
    // The lane goes to the back of the line, so that a busy key does not keep others out.
    if (next === undefined) this.#waiting.delete(key);
    else this.#ready.push(next);
    this.#startReady();
    if (this.#running === 0) this.#stopping?.resolve();
  }
}
