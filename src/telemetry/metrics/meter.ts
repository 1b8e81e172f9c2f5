import type { Log } from "../../adapter-kit/contract.ts";
import { toNaveError } from "../../errors.ts";
import type { Sql } from "../../store/database.ts";
import { programVersion } from "../program-version.ts";
import { Counters } from "./counters.ts";
import type { Sample } from "./families.ts";
import { ProcessSamples } from "./process-samples.ts";
import { readStore } from "./store-samples.ts";

const SHORTEST_AGE_MS = 5000;
/** Reading takes at most a twentieth of the time, however large the store. */
const REST_PER_READING = 19;

type Readings = { samples: Sample[]; at: number; tookMs: number };

/** All that is measured in this process and read from its store; scrapes and alerts share the readings. */
export class Meter {
  readonly counters = new Counters();
  readonly #sql: Sql;
  readonly #log: Log;
  readonly #process = new ProcessSamples();
  readonly #version = programVersion();
  #readings: Readings | undefined;
  #reading: Promise<void> | undefined;
  #isUp = true;

  constructor(sql: Sql, log: Log) {
    this.#sql = sql;
    this.#log = log;
    this.#process.start();
  }

  stop(): void {
    this.#process.stop();
  }

  /** A store that does not answer is a sample, no error: what it told last is left out then. */
  async read(): Promise<Sample[]> {
    if (!this.#isFresh()) await this.#readAgain();
    const readings = this.#isUp ? this.#readings : undefined;
    return [
      { name: "nave_build_info", labels: { version: this.#version }, value: 1 },
      ...this.counters.read(),
      ...(readings?.samples ?? []),
      { name: "nave_store_up", labels: {}, value: this.#isUp ? 1 : 0 },
      ...(readings
        ? [{ name: "nave_readings_age_seconds", labels: {}, value: ageMs(readings) / 1000 } as const]
        : []),
      ...this.#process.read(),
    ];
  }

  #isFresh(): boolean {
    if (!this.#readings || !this.#isUp) return false;
    return ageMs(this.#readings) < Math.max(SHORTEST_AGE_MS, REST_PER_READING * this.#readings.tookMs);
  }

  /** Who asks while one is under way gets its answer. */
  #readAgain(): Promise<void> {
    this.#reading ??= this.#take().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #take(): Promise<void> {
    const begunAt = performance.now();
    try {
      const samples = await readStore(this.#sql);
      const at = performance.now();
      this.#readings = { samples, at, tookMs: at - begunAt };
      this.#isUp = true;
    } catch (thrown) {
      this.#isUp = false;
      this.#log.warn({}, `the store could not be read for metrics: ${toNaveError(thrown).message}`);
    }
  }
}

const ageMs = ({ at }: Readings) => performance.now() - at;
