import type { ConfirmChannel } from "amqplib";
import { NaveError } from "../errors.ts";
import type { AmqpConnection } from "./amqp-connection.ts";
import { encodeTicket } from "./amqp-ticket.ts";
import { declareQueue } from "./amqp-topology.ts";
import type { Ticket } from "./channel.ts";

type OpenChannel = {
  channel: ConfirmChannel;
  declared: Map<string, Promise<unknown>>;
  /** Message ids the broker gave back because no queue took them; their confirm follows. */
  returned: Set<string>;
};

export type AmqpPublisherOptions = { connection: AmqpConnection; prefix: string; confirmTimeoutMs: number };

/** Publishes tickets mandatory and confirmed; what was not confirmed counts as not sent. */
export class AmqpPublisher {
  readonly #options: AmqpPublisherOptions;
  readonly #abort = new AbortController();
  #open: Promise<OpenChannel> | undefined;
  #sequence = 0;
  #blocked: string | undefined;

  constructor(options: AmqpPublisherOptions) {
    this.#options = options;
  }

  /** Opens the channel; publishing does so by itself after a loss. */
  async open(): Promise<void> {
    await this.#channel();
  }

  async publish(queue: string, tickets: readonly Ticket[]): Promise<void> {
    try {
      const open = await this.#channel();
      if (this.#blocked !== undefined) throw new Error(`the broker takes nothing now: ${this.#blocked}`);
      await this.#declare(open, queue);
      await this.#sendAll(open, queue, tickets);
    } catch (error) {
      if (error instanceof NaveError) throw error;
      const text = `${tickets.length} tickets were not confirmed in ${queue}: ${(error as Error).message}`;
      throw new NaveError("NAVE_HUB_UNAVAILABLE", text, {}, error);
    }
  }

  /** Rejects everything that still waits for a confirm. */
  close(): void {
    this.#abort.abort(new Error("the channels were closed"));
  }

  #channel(): Promise<OpenChannel> {
    this.#open ??= this.#openChannel().catch((error: unknown) => {
      this.#open = undefined;
      throw error;
    });
    return this.#open;
  }

  async #openChannel(): Promise<OpenChannel> {
    const model = await this.#options.connection.model();
    const channel = await this.#options.connection.openConfirmChannel();
    const open: OpenChannel = { channel, declared: new Map(), returned: new Set() };
    this.#blocked = undefined;
    model.on("blocked", (reason) => (this.#blocked = reason));
    model.on("unblocked", () => (this.#blocked = undefined));
    channel.on("return", (message) => open.returned.add(String(message.properties.messageId)));
    channel.on("close", () => (this.#open = undefined));
    return open;
  }

  /** Once per queue and connection, so that tickets published before anyone consumes are kept. */
  async #declare(open: OpenChannel, queue: string): Promise<void> {
    let declared = open.declared.get(queue);
    if (declared === undefined) {
      declared = this.#options.connection.onOwnChannel((channel) =>
        declareQueue(channel, this.#options.prefix, queue),
      );
      open.declared.set(queue, declared);
    }
    try {
      await declared;
    } catch (error) {
      open.declared.delete(queue);
      throw error;
    }
  }

  /** Writes all tickets without waiting in between, pausing only when the socket is full, then awaits all confirms. */
  async #sendAll(open: OpenChannel, queue: string, tickets: readonly Ticket[]): Promise<void> {
    const confirms = new Confirms(tickets.length);
    const interruption = this.#interruption(open.channel, confirms);
    try {
      const sending = this.#send(open, queue, tickets, confirms);
      await Promise.race([Promise.all([sending, confirms.all]), interruption.promise]);
    } finally {
      interruption.end();
    }
    if (confirms.returned > 0) {
      open.declared.delete(queue);
      throw new Error(`${confirms.returned} came back, the queue is gone`);
    }
    if (confirms.refused > 0) throw new Error(`the broker refused ${confirms.refused}`);
  }

  async #send(
    open: OpenChannel,
    queue: string,
    tickets: readonly Ticket[],
    confirms: Confirms,
  ): Promise<void> {
    for (const ticket of tickets) {
      const messageId = String(++this.#sequence);
      const { content, ...carried } = encodeTicket(ticket);
      const options = {
        persistent: true,
        mandatory: true,
        contentType: "application/json",
        messageId,
        ...carried,
      };
      const confirmed = (error: unknown) => confirms.add(Boolean(error), open.returned.delete(messageId));
      const hasRoom = open.channel.publish("", this.#options.prefix + queue, content, options, confirmed);
      if (!hasRoom) await drained(open.channel);
    }
  }

  /** Rejects when the channel is lost, when the publisher is closed, or when no confirm came for too long. */
  #interruption(channel: ConfirmChannel, confirms: Confirms): { promise: Promise<never>; end(): void } {
    const { promise, reject } = Promise.withResolvers<never>();
    const onClose = () => reject(new Error("the connection to the broker was lost"));
    const onAbort = () => reject(this.#abort.signal.reason as Error);
    const timer = setInterval(() => {
      if (confirms.idleMs < this.#options.confirmTimeoutMs) return;
      reject(new Error(`no confirm for ${this.#options.confirmTimeoutMs} ms`));
      // What is still confirmed later can no longer be told apart: a new channel begins with a clean count.
      void this.#options.connection.cut("the broker does not confirm");
    }, this.#options.confirmTimeoutMs / 10);
    channel.once("close", onClose);
    this.#abort.signal.addEventListener("abort", onAbort);
    if (this.#abort.signal.aborted) onAbort();
    return {
      promise,
      end: () => {
        clearInterval(timer);
        channel.off("close", onClose);
        this.#abort.signal.removeEventListener("abort", onAbort);
      },
    };
  }
}

/** Counts the answers to one call of publish. */
class Confirms {
  readonly all: Promise<void>;
  refused = 0;
  returned = 0;
  readonly #resolve: () => void;
  #missing: number;
  #lastAt = performance.now();

  constructor(expected: number) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.all = promise;
    this.#resolve = resolve;
    this.#missing = expected;
    if (expected === 0) resolve();
  }

  get idleMs(): number {
    return performance.now() - this.#lastAt;
  }

  add(refused: boolean, returned: boolean): void {
    if (refused) this.refused++;
    if (returned) this.returned++;
    this.#lastAt = performance.now();
    if (--this.#missing === 0) this.#resolve();
  }
}

/** Also ends when the channel closes: a socket that is gone drains no more, and the loss itself is reported elsewhere. */
function drained(channel: ConfirmChannel): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      channel.off("drain", done);
      channel.off("close", done);
      resolve();
    };
    channel.once("drain", done);
    channel.once("close", done);
  });
}
