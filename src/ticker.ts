/** Does something again and again: one round at a time, the next so long after the last has ended. */
export class Ticker {
  readonly #round: (signal: AbortSignal) => Promise<void>;
  readonly #pauseMs: number;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  /** `round` handles its own errors; its signal is aborted when the ticker is stopped, for good. */
  constructor(round: (signal: AbortSignal) => Promise<void>, pauseMs: number) {
    this.#round = round;
    this.#pauseMs = pauseMs;
  }

  start(): void {
    const { signal } = this.#stop;
    this.#timer = setTimeout(() => {
      this.#running = this.#round(signal).finally(() => {
        if (!signal.aborted) this.start();
      });
    }, this.#pauseMs);
  }

  /** Resolves when the round under way has ended. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }
}
