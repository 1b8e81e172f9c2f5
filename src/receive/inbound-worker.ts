import type { Ticket } from "../channels/channel.ts";
import { toNaveError } from "../errors.ts";
import type { FlowRuntime } from "../flows/runtime.ts";
import type { Hub } from "../hub.ts";
import { unpinMessages } from "../store/flow-versions.ts";
import { deferMessage } from "../store/messages.ts";
import { inboundQueue, messageOfTicket, RESUMED_QUEUE } from "./publish.ts";

const HELD_MS = 10_000;

type Flows = Pick<FlowRuntime, "accept" | "resume">;

/** Feeds the messages of every entity to their flows, and lets those go on that waited in one. */
export class InboundWorker {
  readonly #hub: Hub;
  readonly #flows: Flows;
  #consumers: { stop(): Promise<void> }[] = [];

  constructor(hub: Hub, flows: Flows) {
    this.#hub = hub;
    this.#flows = flows;
  }

  async start(): Promise<void> {
    const { channels, config, systems } = this.#hub;
    const { prefetch } = config.hub;
    const entities = new Set([...systems.values()].flatMap((system) => system.entities));
    for (const entity of entities) {
      const handle = (ticket: Ticket) => this.#handle(ticket);
      this.#consumers.push(await channels.consume(inboundQueue(entity), { prefetch, handle }));
    }
    const handle = (ticket: Ticket) => this.#resume(ticket);
    this.#consumers.push(await channels.consume(RESUMED_QUEUE, { prefetch, handle }));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.stop()));
    this.#consumers = [];
  }

  async #handle(ticket: Ticket): Promise<void> {
    const { id, kind } = messageOfTicket(ticket.id);
    if (kind === "resumed") return this.#resume(ticket);
    await this.#orLater(ticket, async () => {
      await this.#flows.accept(id).catch((thrown: unknown) => this.#hold(id, thrown));
    });
  }

  /** Until a flow takes it: one of those that are newest then. */
  async #hold(id: string, thrown: unknown): Promise<void> {
    const { code, message } = toNaveError(thrown);
    if (code !== "NAVE_FLOW_AWAY") throw thrown;
    await this.#hub.db.transaction(async (sql) => {
      await deferMessage(sql, id, HELD_MS, false, { code, text: `${message}; held until one does` });
      await unpinMessages(sql, [id]);
    });
  }

  async #resume(ticket: Ticket): Promise<void> {
    const { id } = messageOfTicket(ticket.id);
    await this.#orLater(ticket, () => this.#flows.resume(id));
  }

  async #orLater({ id, correlationId }: Ticket, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      const text = `not handled, the sweeper repeats it: ${toNaveError(thrown).message}`;
      this.#hub.log.warn({ messageId: messageOfTicket(id).id, correlationId }, text);
    }
  }
}
