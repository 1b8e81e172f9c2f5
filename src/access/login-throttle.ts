/** Attempts that cost nothing, by what they are counted for. */
const FREE_PER_NAME_AND_ADDRESS = 5;
const FREE_PER_ADDRESS = 30;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
const FORGET_AFTER_MS = 15 * 60_000;
const MOST_KEYS = 10_000;

type Failures = { count: number; until: number; lastAt: number };

/**
 * Makes whoever guesses passwords wait, longer each time. Counted by name and address together, so that a stranger cannot
 * lock the administrator out, and by address alone, so that one stranger cannot try many names.
 */
export class LoginThrottle {
  readonly #failures = new Map<string, Failures>();

  /** Seconds until this login may be tried; 0: now. */
  waitSeconds(name: string, address: string, now = Date.now()): number {
    const until = Math.max(...this.#keys(name, address).map(([key]) => this.#failures.get(key)?.until ?? 0));
    return Math.max(0, Math.ceil((until - now) / 1000));
  }

  failed(name: string, address: string, now = Date.now()): void {
    for (const [key, free] of this.#keys(name, address)) {
      const before = this.#failures.get(key);
      const count = before && now - before.lastAt < FORGET_AFTER_MS ? before.count + 1 : 1;
      const wait = count < free ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (count - free), LONGEST_WAIT_MS);
      this.#failures.delete(key);
      this.#failures.set(key, { count, until: now + wait, lastAt: now });
    }
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= MOST_KEYS) break;
      this.#failures.delete(oldest);
    }
  }

  succeeded(name: string, address: string): void {
    this.#failures.delete(`${address} ${name}`);
  }

  #keys(name: string, address: string): [string, number][] {
    return [
      [`${address} ${name}`, FREE_PER_NAME_AND_ADDRESS],
      [address, FREE_PER_ADDRESS],
    ];
  }
}
