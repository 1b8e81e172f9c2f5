type Waiting<Item, Result> = {
  item: Item;
  resolve: (result: Result) => void;
  reject: (reason: unknown) => void;
};

/**
 * Turns single calls into groups: while as many groups run as may, further calls gather and make up the next one. A call
 * that finds nothing under way waits for nobody.
 */
export class Gatherer<Item, Result> {
  readonly #run: (items: readonly Item[]) => Promise<readonly PromiseSettledResult<Result>[]>;
  readonly #mostItems: number;
  readonly #mostGroups: number;
  #waiting: Waiting<Item, Result>[] = [];
  #running = 0;
  #scheduled = false;

  /**
   * @param run  Tells, in the order of its items, how each ended; when it rejects, all have failed.
   */
  constructor(
    limits: { items: number; groups: number },
    run: (items: readonly Item[]) => Promise<readonly PromiseSettledResult<Result>[]>,
  ) {
    this.#mostItems = limits.items;
    this.#mostGroups = limits.groups;
    this.#run = run;
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  /** Not at once: what else comes in this turn of the event loop joins in. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      while (this.#waiting.length > 0 && this.#running < this.#mostGroups)
        void this.#start(this.#waiting.splice(0, this.#mostItems));
    });
  }

  async #start(group: readonly Waiting<Item, Result>[]): Promise<void> {
    this.#running += 1;
    try {
      const results = await this.#run(group.map(({ item }) => item));
      for (const [index, { resolve, reject }] of group.entries()) {
        const result = results[index];
        if (result?.status === "fulfilled") resolve(result.value);
        else reject(result?.reason);
      }
    } catch (thrown) {
      for (const { reject } of group) reject(thrown);
    } finally {
      this.#running -= 1;
      this.#schedule();
    }
  }
}
