import { isDeepStrictEqual } from "node:util";
import { toNaveError } from "../../errors.ts";
import type { Hub } from "../../hub.ts";
import { publishDueMessages } from "../../receive/publish.ts";
import { reviveHeld } from "../../store/resumed-messages.ts";
import { Ticker } from "../../ticker.ts";
import type { FlowRuntime, LiveWaiter } from "../runtime.ts";
import { endDueWaits } from "./end-due.ts";
import { keepSchedule, type LiveSchedule } from "./schedule.ts";

const TICK_MS = 200;
const LOOK_EVERY_MS = 1000;

/** Lets what waited go on when it is due, and follows what is deployed: schedules, and messages held for want of their node. */
export class WaitTimer {
  readonly #hub: Hub;
  readonly #flows: FlowRuntime;
  readonly #ticker = new Ticker(() => this.#round(), TICK_MS);
  #lookAt = 0;
  /** As they were put on record last. */
  #schedules: readonly LiveSchedule[] = [];

  constructor(hub: Hub, flows: FlowRuntime) {
    this.#hub = hub;
    this.#flows = flows;
  }

  start(): void {
    this.#ticker.start();
  }

  stop(): Promise<void> {
    return this.#ticker.stop();
  }

  async #round(): Promise<void> {
    try {
      if (Date.now() > this.#lookAt) await this.#look();
      const nodes = this.#schedules.map(({ place }) => place.node);
      if (await endDueWaits(this.#hub, nodes)) await publishDueMessages(this.#hub);
    } catch (thrown) {
      this.#hub.log.warn({}, `waits are not ended, trying again: ${toNaveError(thrown).message}`);
    }
  }

  async #look(): Promise<void> {
    const waiters = this.#flows.waiters();
    const schedules = waiters.flatMap(asSchedule);
    if (!isDeepStrictEqual(schedules, this.#schedules)) {
      for (const schedule of schedules) await keepSchedule(this.#hub.db, schedule);
      this.#schedules = schedules;
    }
    const nodes = waiters.map(({ place, outputs }) => ({ ...place, outputs }));
    const revived = await reviveHeld(this.#hub.db, nodes);
    if (revived > 0) this.#hub.log.info({ revived }, "messages go on that were held for want of their node");
    this.#lookAt = Date.now() + LOOK_EVERY_MS;
  }
}

function asSchedule({ place, where, plan }: LiveWaiter): LiveSchedule[] {
  return plan === undefined ? [] : [{ place, where, plan }];
}
