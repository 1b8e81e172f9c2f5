const COMPACT_AFTER = 1_024;

/** A waiting line whose ends cost the same however long it is; `Array.shift` moves every item of a long array. */
export class Fifo<Item> {
  #items: (Item | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): Item | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head > COMPACT_AFTER && this.#head * 2 > this.#items.length) this.#compact([]);
    return item;
  }

  /** Puts items in front, the first of them first. */
  unshift(items: readonly Item[]): void {
    this.#compact(items);
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
  }

  #compact(front: readonly Item[]): void {
    this.#items = [...front, ...this.#items.slice(this.#head)];
    this.#head = 0;
  }
}
