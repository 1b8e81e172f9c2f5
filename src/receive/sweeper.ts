import { commandQueue, publishCommands } from "../commands/publish.ts";
import { takesCommands } from "../commands/send-command.ts";
import { endExpiredCommands } from "../commands/worker.ts";
import { deliverQueue, publishWishes } from "../deliver/publish.ts";
import { toNaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import { deleteClosedCommands, takeUnpublishedCommands } from "../store/commands.ts";
import { deleteOldHops } from "../store/hops.ts";
import { deleteClosedIntents } from "../store/intents.ts";
import {
  deleteSettledMessages,
  distrustOldTickets,
  reviveMessages,
  selectOldTickets,
} from "../store/messages.ts";
import { deleteClosedNotifications } from "../store/notifications.ts";
import { takeSatisfiedWaiters } from "../store/reference-waits.ts";
import { distrustShadow } from "../store/shadows.ts";
import { deleteOldTraceOrigins } from "../store/trace-origins.ts";
import { deleteOldWaits } from "../store/waits.ts";
import { releaseCorrected, reopenWish, takeUnpublishedWishes } from "../store/wishes.ts";
import { releaseClaimsOfTheDead } from "../store/workers.ts";
import { refreshSystems } from "../systems/refresh-systems.ts";
import { Ticker } from "../ticker.ts";
import { inboundQueue, publishDueMessages, RESUMED_QUEUE } from "./publish.ts";

const TICK_MS = 200;
const GROUP = 500;
const LOOK_EVERY_MS = 1000;
const RETENTION_EVERY_MS = 60_000;

/** Publishes again what stands still, wakes what waited, and deletes what is past its retention. */
export class Sweeper {
  readonly #hub: Hub;
  readonly #ticker = new Ticker(() => this.#round(), TICK_MS);
  #refreshAt = 0;
  #lookAt = 0;
  #retainAt = Date.now() + RETENTION_EVERY_MS;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  start(): void {
    this.#ticker.start();
  }

  stop(): Promise<void> {
    return this.#ticker.stop();
  }

  async #round(): Promise<void> {
    try {
      if (Date.now() > this.#refreshAt) await this.#refresh();
      if (this.#hub.without?.has("sweeper")) return;
      if (Date.now() > this.#lookAt) await this.#look();
      await this.#wakeWaiters();
      await this.#republish();
      if (Date.now() > this.#retainAt) await this.#retain();
    } catch (thrown) {
      this.#hub.log.warn({}, `sweeping failed, trying again: ${toNaveError(thrown).message}`);
    }
  }

  /** Which systems may be written. */
  async #refresh(): Promise<void> {
    await refreshSystems(this.#hub);
    const isTakingIn = [...this.#hub.systems.values()].some(
      (system) => system.writable && !system.entities.every((entity) => system.mayWrite(entity)),
    );
    this.#refreshAt = Date.now() + (isTakingIn ? TICK_MS : LOOK_EVERY_MS);
  }

  /** What need not be looked for at every tick. */
  async #look(): Promise<void> {
    this.#lookAt = Date.now() + LOOK_EVERY_MS;
    await releaseClaimsOfTheDead(this.#hub.db, this.#hub.workerId);
    await releaseCorrected(this.#hub.db);
    await this.#distrustLost();
    await endExpiredCommands(this.#hub);
  }

  /** A ticket in a long queue waits its turn; in an empty one, one that stands still for long is lost. */
  async #distrustLost(): Promise<void> {
    const { db, channels, config } = this.#hub;
    const { republishAfterMs } = config.hub;
    const old = await selectOldTickets(db, republishAfterMs);
    const drained = async (names: readonly string[], queueOf: (name: string) => string) => {
      const depths = await Promise.all(names.map((name) => channels.depth(queueOf(name))));
      return names.filter((_, index) => (depths[index] ?? 0) === 0);
    };
    const entities = await drained(old.entities, inboundQueue);
    const systems = await drained(old.systems, deliverQueue);
    const resumed = old.resumed && (await channels.depth(RESUMED_QUEUE)) === 0;
    const commanded = await drained(old.commanded, commandQueue);
    if (entities.length + systems.length + commanded.length > 0 || resumed)
      await distrustOldTickets(db, { entities, resumed, systems, commanded }, republishAfterMs);
  }

  async #wakeWaiters(): Promise<void> {
    const rereads = await this.#hub.db.transaction(async (sql) => {
      const unknown: { system: string; entity: string; localId: string }[] = [];
      for (const waiter of await takeSatisfiedWaiters(sql, GROUP)) {
        const [kind, rest] = split(waiter, ":");
        const [system = "", entity = "", id = ""] = rest.split("/");
        if (kind === "message") await reviveMessages(sql, [rest]);
        else if (kind === "wish") await reopenWish(sql, { system, entity, canonicalId: id });
        else {
          const localId = rest.slice(system.length + entity.length + 2);
          await distrustShadow(sql, system, entity, localId);
          unknown.push({ system, entity, localId });
        }
      }
      return unknown;
    });
    // Not before the commit: until then the record would be recognised as known.
    for (const { system, entity, localId } of rereads) await this.#hub.reread(system, entity, localId);
  }

  async #republish(): Promise<void> {
    await publishDueMessages(this.#hub);
    const systems = [...this.#hub.systems.values()];
    const commanded = systems.filter(takesCommands).map((system) => system.name);
    if (commanded.length > 0)
      await publishCommands(this.#hub, await takeUnpublishedCommands(this.#hub.db, commanded, GROUP));
    const ready = systems.filter((system) => system.writable && system.waitMs === 0);
    if (ready.length === 0) return;
    const targets = ready.map((system) => ({
      system: system.name,
      entities: system.entities.filter((entity) => system.mayWrite(entity)),
    }));
    await publishWishes(this.#hub, await takeUnpublishedWishes(this.#hub.db, targets, GROUP));
  }

  async #retain(): Promise<void> {
    this.#retainAt = Date.now() + RETENTION_EVERY_MS;
    const { settledMessagesDays, hopsDays } = this.#hub.config.hub.retention;
    await deleteSettledMessages(this.#hub.db, settledMessagesDays, 10_000);
    await deleteOldHops(this.#hub.db, hopsDays, 10_000);
    await deleteOldTraceOrigins(this.#hub.db, hopsDays, 10_000);
    await deleteClosedIntents(this.#hub.db, hopsDays);
    await deleteOldWaits(this.#hub.db, settledMessagesDays, 10_000);
    // While its message may come again, what it has had done must be known.
    const longestDays = Math.max(settledMessagesDays, hopsDays);
    await deleteClosedCommands(this.#hub.db, longestDays, 10_000);
    await deleteClosedNotifications(this.#hub.db, longestDays, 10_000);
  }
}

function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + 1)];
}
