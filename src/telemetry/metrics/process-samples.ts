import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Sample } from "./families.ts";

const RESOLUTION_MS = 10;
/** A window ends with the first reading after so long, so that several readers see about the same. */
const WINDOW_MS = 15_000;

/** Memory, processor time and event-loop lag of this process. */
export class ProcessSamples {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #startedAt = Date.now() / 1000 - process.uptime();
  #since = performance.now();

  start(): void {
    this.#delay.enable();
  }

  stop(): void {
    this.#delay.disable();
  }

  read(): Sample[] {
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    return [
      ...this.#lag(),
      sample("nave_process_resident_memory_bytes", rss),
      sample("nave_process_heap_used_bytes", heapUsed),
      sample("nave_process_cpu_seconds_total", (user + system) / 1e6),
      sample("nave_process_start_time_seconds", this.#startedAt),
    ];
  }

  #lag(): Sample[] {
    const delay = this.#delay;
    const quantiles = { mean: delay.mean, p99: delay.percentile(99), max: delay.max };
    const hasCounted = delay.count > 0;
    const samples = Object.entries(quantiles).map(([quantile, nanoseconds]): Sample => {
      // What the histogram holds is the whole distance of two timers, the wanted one included.
      const lag = hasCounted ? Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000) : 0;
      return { name: "nave_event_loop_lag_seconds", labels: { quantile }, value: lag };
    });
    if (performance.now() - this.#since > WINDOW_MS) {
      delay.reset();
      this.#since = performance.now();
    }
    return samples;
  }
}

function sample(name: Sample["name"], value: number): Sample {
  return { name, labels: {}, value };
}
