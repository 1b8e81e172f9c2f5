import type { Span } from "@opentelemetry/api";
import type { Ticket } from "../channels/channel.ts";
import type { Hub } from "../hub.ts";
import { selectUnsettledIntents } from "../store/intents.ts";
import { deferUnclaimed } from "../store/wishes.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";
import { deliverBatch } from "./deliver-batch.ts";
import { deliverQueue, wishOfTicket } from "./publish.ts";

const GATHER_MS = 5;
const NOT_NOW_MS = 1000;
const GROUPS_AT_ONCE = 2;

type Waiting = { canonicalId: string; span: Span | undefined; done: () => void };

/** Delivers one system's wishes: gathers tickets for a moment, then delivers them in groups the system can take. */
export class DeliveryWorker {
  readonly #hub: Hub;
  readonly #system: ConnectedSystem;
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #running = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #consumer: { stop(): Promise<void> } | undefined;

  constructor(hub: Hub, system: ConnectedSystem) {
    this.#hub = hub;
    this.#system = system;
  }

  async start(): Promise<void> {
    this.#consumer = await this.#hub.channels.consume(deliverQueue(this.#system.name), {
      prefetch: this.#hub.config.hub.prefetch,
      handle: (ticket) => this.#handle(ticket),
    });
  }

  /** Stops taking tickets and waits for the writes under way. */
  async stop(): Promise<void> {
    const stopped = this.#consumer?.stop();
    this.#flush();
    await stopped;
    clearTimeout(this.#timer);
  }

  #handle(ticket: Ticket): Promise<void> {
    const { entity, canonicalId } = wishOfTicket(ticket.id);
    const span = this.#hub.traces?.current();
    return new Promise((done) => {
      const group = this.#waiting.get(entity);
      if (group) group.push({ canonicalId, span, done });
      else this.#waiting.set(entity, [{ canonicalId, span, done }]);
      this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
    });
  }

  /** Starts as many groups as may run at once; what comes meanwhile gathers into larger ones. */
  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { batchSize } = this.#system.manifest.limits;
    for (const [entity, group] of this.#waiting) {
      while (group.length > 0 && this.#running.size < GROUPS_AT_ONCE)
        this.#run(entity, group.splice(0, batchSize));
      if (group.length === 0) this.#waiting.delete(entity);
    }
  }

  #run(entity: string, group: readonly Waiting[]): void {
    const run = this.#traced(entity, group)
      .catch((thrown: unknown) => {
        this.#hub.log.error(
          {
            system: this.#system.name,
            entity,
            canonicalIds: group.map(({ canonicalId }) => canonicalId),
            err: thrown,
          },
          "delivery failed; the sweeper repeats it",
        );
      })
      .finally(() => {
        this.#running.delete(run);
        for (const one of group) one.done();
        this.#flush();
        this.#hub.reached("acknowledged");
      });
    this.#running.add(run);
  }

  #traced(entity: string, group: readonly Waiting[]): Promise<void> {
    const { traces } = this.#hub;
    const { name } = this.#system;
    const deliver = () =>
      this.#deliver(
        entity,
        group.map((one) => one.canonicalId),
      );
    if (!traces) return deliver();
    const members = group.map(({ canonicalId, span }) => ({ key: canonicalId, span }));
    return traces.together(
      `deliver ${name}`,
      { "nave.system": name, "nave.entity": entity },
      members,
      deliver,
    );
  }

  /**
   * A system that cannot be written just now keeps its wishes; the sweeper hands them out again when it can. One that has
   * not been taken in is asked what became of writes begun before: what it shows of those records can be merged only then.
   */
  async #deliver(entity: string, canonicalIds: string[]): Promise<void> {
    const { db } = this.#hub;
    const system = this.#system;
    const canBeAsked = system.writable && system.waitMs === 0;
    if (canBeAsked && system.mayWrite(entity)) return deliverBatch(this.#hub, system, entity, canonicalIds);
    const begun = canBeAsked
      ? await selectUnsettledIntents(db, system.name, entity, canonicalIds)
      : new Map<string, unknown>();
    const delayMs = Math.max(system.waitMs, system.writable ? 0 : NOT_NOW_MS);
    const others = canonicalIds.filter((id) => !begun.has(id));
    await deferUnclaimed(db, system.name, entity, others, delayMs);
    if (begun.size > 0) await deliverBatch(this.#hub, system, entity, [...begun.keys()]);
  }
}
