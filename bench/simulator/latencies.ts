import { createHistogram, type RecordableHistogram } from "node:perf_hooks";

export type LatencyReport = { count: number; p50Ms: number; p99Ms: number; p999Ms: number; maxMs: number };

/** From the commit of a record in the source to its commit in a target; both are in this process, so one clock serves. */
export class Latencies {
  readonly #committedAt = new Map<string, bigint>();
  #histogram: RecordableHistogram = createHistogram();
  #isMeasuring = false;

  start(): void {
    this.#histogram = createHistogram();
    this.#committedAt.clear();
    this.#isMeasuring = true;
  }

  committed(number: string): void {
    if (this.#isMeasuring) this.#committedAt.set(number, process.hrtime.bigint());
  }

  arrived(number: string): void {
    const at = this.#committedAt.get(number);
    if (at === undefined) return;
    this.#committedAt.delete(number);
    this.#histogram.record((process.hrtime.bigint() - at) / 1000n || 1n);
  }

  report(): LatencyReport {
    const at = (percent: number) => this.#histogram.percentile(percent) / 1000;
    const { count, max } = this.#histogram;
    return { count, p50Ms: at(50), p99Ms: at(99), p999Ms: at(99.9), maxMs: count === 0 ? 0 : max / 1000 };
  }
}
