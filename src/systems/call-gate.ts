import type { Limits } from "../adapter-kit/contract.ts";

/** Lets calls through no faster and no more at once than the system's manifest declares. */
export class CallGate {
  readonly #concurrency: number;
  readonly #intervalMs: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;
  #nextAt = 0;

  constructor(limits: Pick<Limits, "concurrency" | "requestsPerSecond">) {
    this.#concurrency = limits.concurrency;
    this.#intervalMs = limits.requestsPerSecond === undefined ? 0 : 1000 / limits.requestsPerSecond;
  }

  async enter(): Promise<void> {
    if (this.#inside >= this.#concurrency) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#inside += 1;
    const now = Date.now();
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + this.#intervalMs;
    if (at > now) await new Promise((resolve) => setTimeout(resolve, at - now));
  }

  /** Hands the place to the next in line, if there is one. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#inside -= 1;
  }
}
