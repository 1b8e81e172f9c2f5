/**
 * How long an event loop has stood still, seen from another thread by a counter that the loop moves.
 *
 * Time counts only as far as the watching thread runs itself: when the process was stopped (SIGSTOP, a suspended machine), both
 * stood still, and the gap is no fault of the loop's.
 */
export class StandStill {
  readonly #tickMs: number;
  #stillMs = 0;
  #beat: number | undefined;
  #lastAt: number | undefined;

  /** @param tickMs  How often `tick` is called when nothing is in the way. */
  constructor(tickMs: number) {
    this.#tickMs = tickMs;
  }

  /** @returns for how many milliseconds the counter has not moved; 0 while it does. */
  tick(now: number, beat: number): number {
    const passed = now - (this.#lastAt ?? now);
    this.#lastAt = now;
    if (beat === this.#beat) this.#stillMs += Math.min(passed, 2 * this.#tickMs);
    else this.#stillMs = 0;
    this.#beat = beat;
    return this.#stillMs;
  }
}
