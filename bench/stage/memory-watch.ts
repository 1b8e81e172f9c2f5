import type { Plot } from "../workloads/workload.ts";
import type { Child } from "./child.ts";

/** Follows the resident memory of a process over the course of its work. */
export class MemoryWatch {
  readonly #process: Child;
  readonly #points: [done: number, rssMb: number][] = [];

  constructor(process: Child) {
    this.#process = process;
  }

  /** @param done  How much of the work is done now. */
  look(done: number): void {
    const memory = this.#process.memory();
    if (memory) this.#points.push([done, memory.rssMb]);
  }

  get latest(): number {
    return Math.round(this.#points.at(-1)?.[1] ?? 0);
  }

  highest(): { rssMb?: number } {
    const memory = this.#process.memory();
    return memory === undefined ? {} : { rssMb: memory.peakMb };
  }

  /** The middle of each fifth of the run: what stays flat shows the same figure in all. */
  growth(): Record<string, string> {
    if (this.#points.length < 5) return {};
    const values = this.#points.map(([, rssMb]) => rssMb);
    const fifth = (at: number) =>
      median(values.slice(Math.floor((at * values.length) / 5), Math.ceil(((at + 1) * values.length) / 5)));
    return {
      "memory by fifths of the run, MB": [0, 1, 2, 3, 4].map((at) => fifth(at).toFixed(0)).join(", "),
    };
  }

  plot(title: string, xTitle: string): Plot {
    return {
      title,
      xTitle,
      series: [{ name: "resident memory of the hub", unit: "MB", points: this.#points }],
    };
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
