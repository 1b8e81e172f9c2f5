import type { Log } from "../adapter-kit/contract.ts";
import { NaveError } from "../errors.ts";
import type { Channels, ConsumeOptions, Ticket } from "./channel.ts";
import { Fifo } from "./fifo.ts";
import { handleTicket } from "./handle-ticket.ts";
import { Lanes } from "./lanes.ts";

/** Channels within one process. Nothing is kept: the rows are in the store, and the sweeper publishes what stands still. */
export class EmbeddedChannels implements Channels {
  readonly kind = "embedded";
  readonly #log: Log;
  readonly #queues = new Map<string, Queue>();
  #closed = false;

  constructor(log: Log) {
    this.#log = log;
  }

  async publish(queue: string, tickets: readonly Ticket[]): Promise<void> {
    this.#refuseWhenClosed();
    this.#queue(queue).publish(tickets);
  }

  async consume(queue: string, options: ConsumeOptions): Promise<{ stop(): Promise<void> }> {
    this.#refuseWhenClosed();
    return this.#queue(queue).consume(options, this.#log);
  }

  async depth(queue: string): Promise<number | undefined> {
    return this.#closed ? undefined : this.#queue(queue).waiting.length;
  }

  async purge(queue: string): Promise<void> {
    this.#refuseWhenClosed();
    this.#queue(queue).waiting.clear();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#queues.values()].map((queue) => queue.stop()));
  }

  #queue(name: string): Queue {
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = new Queue(name);
      this.#queues.set(name, queue);
    }
    return queue;
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new NaveError("NAVE_HUB_UNAVAILABLE", "the channels are closed");
  }
}

class Queue {
  readonly waiting = new Fifo<Ticket>();
  readonly #name: string;
  readonly #consumers = new Set<Consumer>();

  constructor(name: string) {
    this.#name = name;
  }

  publish(tickets: readonly Ticket[]): void {
    for (const ticket of tickets) this.waiting.push(ticket);
    this.#handOut();
  }

  consume(options: ConsumeOptions, log: Log): { stop(): Promise<void> } {
    const consumer = new Consumer(options, {
      work: (ticket) => handleTicket(ticket, options, this.#name, log),
      onRoom: () => this.#handOut(),
    });
    this.#consumers.add(consumer);
    this.#handOut();
    return { stop: () => this.#stop(consumer) };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => this.#stop(consumer)));
  }

  async #stop(consumer: Consumer): Promise<void> {
    this.#consumers.delete(consumer);
    // In front, so that the next consumer takes them up in the order they were published.
    this.waiting.unshift(await consumer.stop());
    this.#handOut();
  }

  /** One ticket for each consumer in turn, as a broker does. */
  #handOut(): void {
    let handedOut = true;
    while (handedOut) {
      handedOut = false;
      for (const consumer of this.#consumers) {
        if (!consumer.hasRoom) continue;
        const ticket = this.waiting.shift();
        if (ticket === undefined) return;
        consumer.take(ticket);
        handedOut = true;
      }
    }
  }
}

class Consumer {
  readonly #lanes: Lanes<Ticket>;
  readonly #prefetch: number;
  #unfinished = 0;

  constructor(options: ConsumeOptions, on: { work: (ticket: Ticket) => Promise<void>; onRoom: () => void }) {
    this.#prefetch = options.prefetch;
    this.#lanes = new Lanes({
      limit: options.prefetch,
      keyOf: (ticket) => ticket.key,
      work: async (ticket) => {
        await on.work(ticket);
        this.#unfinished--;
        on.onRoom();
      },
    });
  }

  get hasRoom(): boolean {
    return this.#unfinished < this.#prefetch;
  }

  take(ticket: Ticket): void {
    this.#unfinished++;
    this.#lanes.add(ticket);
  }

  /** Answers the tickets taken but not begun. */
  stop(): Promise<Ticket[]> {
    return this.#lanes.stop();
  }
}
