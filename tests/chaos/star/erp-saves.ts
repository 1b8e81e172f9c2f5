import { setTimeout as sleep } from "node:timers/promises";
import type { BeforeWork } from "../../../adapters/sandbox-erp/simulator/soap-face.ts";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";

/** A request of the ERP that creates records and has not been worked on yet. */
export type HeldCreate = {
  /** The hub's keys of what it creates. */
  probeKeys: readonly string[];
};

const REPEAT_TAKES_MS = 200;

/**
 * What hubs ask the ERP to save: counted, and held where a fault says so. The ERP then sits on a request that creates something,
 * as a system does whose transaction waits for a lock: it commits as late as it may by the settle time that it declares; or
 * just after somebody has sent the same once more, who must not have.
 */
export class ErpSaves {
  /** Requests so far. */
  count = 0;
  readonly #longestMs: number;
  readonly #held = new Map<string, () => void>();
  readonly #underWay = new Set<Promise<void>>();
  #takeNext: ((create: HeldCreate) => void) | undefined;

  /** @param longestMs  From the arrival of a request; shorter than the settle time less what the request may take to arrive. */
  constructor(longestMs: number) {
    this.#longestMs = longestMs;
  }

  /** Holds the next request that creates something. @returns what it creates; undefined when none arrives within so long. */
  async holdCreate(withinMs: number): Promise<HeldCreate | undefined> {
    const { promise, resolve } = Promise.withResolvers<HeldCreate | undefined>();
    this.#takeNext = resolve;
    const timer = setTimeout(() => resolve(undefined), withinMs);
    const create = await promise;
    clearTimeout(timer);
    this.#takeNext = undefined;
    return create;
  }

  /** Before the ERP works on a request. */
  readonly before: BeforeWork = async (operation, args) => {
    if (operation !== "Save") return;
    this.count += 1;
    const probeKeys = createdKeys(args);
    for (const key of probeKeys) this.#repeated(key);
    const take = this.#takeNext;
    if (probeKeys.length === 0 || !take) return;
    this.#takeNext = undefined;
    take({ probeKeys });
    const hold = this.#hold(probeKeys);
    this.#underWay.add(hold);
    await hold;
    this.#underWay.delete(hold);
  };

  /** Resolves when nothing is held any more. */
  async released(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #hold(probeKeys: readonly string[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const key of probeKeys) this.#held.set(key, resolve);
    await Promise.race([promise, sleep(this.#longestMs, undefined, { ref: false })]);
    for (const key of probeKeys) this.#held.delete(key);
  }

  #repeated(key: string): void {
    const release = this.#held.get(key);
    if (release) setTimeout(release, REPEAT_TAKES_MS);
  }
}

function createdKeys({ Changes: changes }: JsonObject): string[] {
  const inserts = ((changes ?? []) as JsonObject[]).filter(({ Action }) => Action === "insert");
  return inserts.flatMap(({ Records: records }) =>
    Object.values((records ?? {}) as Record<string, JsonObject[]>).flatMap((list) =>
      list.flatMap(({ ExternalRef }) => (typeof ExternalRef === "string" ? [ExternalRef] : [])),
    ),
  );
}
