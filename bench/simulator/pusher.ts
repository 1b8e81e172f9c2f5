import { setTimeout as sleep } from "node:timers/promises";
import { type BenchSystems, SOURCE } from "./bench-systems.ts";
import { crmId } from "./records.ts";

export type PushOptions = {
  entity: string;
  from: number;
  ratePerSecond: number;
  seconds: number;
  /** Where records are pushed to; absent: the source only commits, and is polled. */
  url?: string;
  token?: string;
};

const TICK_MS = 2;
const MOST_UNDER_WAY = 8;

/** Commits new records at an even rate; each is pushed at once, or with what else was committed while eight requests were under way. */
export class Pusher {
  readonly #systems: BenchSystems;
  readonly #options: PushOptions;
  #outbox: string[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #refused = 0;

  constructor(systems: BenchSystems, options: PushOptions) {
    this.#systems = systems;
    this.#options = options;
  }

  /** Resolves when all is committed and pushed. */
  async run(): Promise<{ committed: number; refused: number }> {
    const { entity, from, ratePerSecond, seconds } = this.#options;
    const started = performance.now();
    const last = Math.round(ratePerSecond * seconds);
    for (let committed = 0; committed < last; ) {
      const due = Math.min(last, Math.floor(((performance.now() - started) / 1000) * ratePerSecond));
      if (due > committed) this.#systems.seed(entity, from + committed, due - committed);
      for (; committed < due; committed += 1) this.#outbox.push(crmId(entity, from + committed));
      this.#push();
      await sleep(TICK_MS);
    }
    while (this.#underWay.size > 0 || (this.#outbox.length > 0 && this.#options.url)) {
      this.#push();
      await Promise.race(this.#underWay);
    }
    return { committed: last, refused: this.#refused };
  }

  #push(): void {
    if (this.#options.url === undefined) return;
    while (this.#outbox.length > 0 && this.#underWay.size < MOST_UNDER_WAY) {
      const ids = this.#outbox.splice(0, 500);
      const sent = this.#send(ids).finally(() => this.#underWay.delete(sent));
      this.#underWay.add(sent);
    }
  }

  async #send(ids: readonly string[]): Promise<void> {
    const { entity, url, token } = this.#options;
    const records = this.#systems
      .table(SOURCE, entity)
      .read(ids)
      .map(({ id, at, record }) => ({ localId: id, native: record, modifiedAt: at }));
    const response = await fetch(`${url}/in/${SOURCE}/${entity}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ records }),
    });
    await response.arrayBuffer();
    if (!response.ok) this.#refused += ids.length;
  }
}
