import { toNaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import { deleteOldReconciliations, latestComparisons } from "../store/reconciliations.ts";
import { acquireLease } from "../store/workers.ts";
import { isAnythingPending } from "../telemetry/counts.ts";
import { Ticker } from "../ticker.ts";
import { reconcile } from "./reconcile.ts";

const LOOK_EVERY_MS = 500;
const KEEP_DAYS = 30;

/**
 * Compares all systems now and then, and once more whenever everything has gone quiet after changes. One of several workers
 * does: a comparison reads whole systems.
 */
export class Comparer {
  readonly #hub: Hub;
  readonly #ticker = new Ticker((signal) => this.#look(signal), LOOK_EVERY_MS);
  #quietSince: number | undefined;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  start(): void {
    this.#ticker.start();
  }

  stop(): Promise<void> {
    return this.#ticker.stop();
  }

  async #look(signal: AbortSignal): Promise<void> {
    try {
      if (await isAnythingPending(this.#hub.db)) this.#quietSince = undefined;
      else this.#quietSince ??= Date.now();
      const quietFor = this.#quietSince === undefined ? 0 : Date.now() - this.#quietSince;
      if (quietFor < this.#hub.config.hub.reconcileAfterQuietMs) return;
      if ((await acquireLease(this.#hub.db, "compare", this.#hub.workerId)) === undefined) return;
      for (const { system, entity } of await this.#due()) {
        if (signal.aborted) return;
        await reconcile(this.#hub, system, entity, { signal });
      }
      await deleteOldReconciliations(this.#hub.db, KEEP_DAYS);
    } catch (thrown) {
      this.#quietSince = undefined;
      if (!signal.aborted)
        this.#hub.log.warn({}, `comparing failed, trying again: ${toNaveError(thrown).message}`);
    }
  }

  /** What has changed since it was last compared, and what has not been compared for long. */
  async #due(): Promise<{ system: string; entity: string }[]> {
    const latest = await latestComparisons(this.#hub.db);
    const oldest = Date.now() - this.#hub.config.hub.reconcileEveryMs;
    const due: { system: string; entity: string }[] = [];
    for (const system of this.#hub.systems.values()) {
      if (system.paused || system.inShadow || system.waitMs > 0) continue;
      for (const entity of system.entities.filter((name) => system.takes(name))) {
        const last = latest.get(`${system.name}/${entity}`);
        if (!last || last.changedSince || last.finishedAt.getTime() < oldest)
          due.push({ system: system.name, entity });
      }
    }
    return due;
  }
}
