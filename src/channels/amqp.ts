import type { Log } from "../adapter-kit/contract.ts";
import { AmqpConnection } from "./amqp-connection.ts";
import { AmqpConsumer } from "./amqp-consumer.ts";
import { AmqpPublisher } from "./amqp-publisher.ts";
import { declareQueue } from "./amqp-topology.ts";
import type { Channels, ConsumeOptions, Ticket } from "./channel.ts";

/** All in milliseconds. */
export type AmqpTimes = {
  /** Longest silence while confirms are awaited. */
  confirmTimeoutMs: number;
  backOffMs: number;
  maxBackOffMs: number;
  /** Longest time without an acknowledgement while all of a consumer's prefetch is under way. */
  watchdogMs: number;
  /** How often the broker is asked whether tickets wait that it does not deliver. */
  livenessMs: number;
};

const TIMES: AmqpTimes = {
  confirmTimeoutMs: 30_000,
  backOffMs: 100,
  maxBackOffMs: 10_000,
  watchdogMs: 120_000,
  livenessMs: 10_000,
};

export type AmqpChannelsOptions = {
  url: string;
  prefix: string;
  log: Log;
  times?: Partial<AmqpTimes> | undefined;
};

/**
 * Channels over RabbitMQ 3.10 or later: quorum queues, publisher confirms, dead-letter exchange.
 *
 * Publishing and consuming have a connection each: a broker short of memory or disk stops reading from those that
 * publish, and acknowledgements must get through all the same.
 */
export class AmqpChannels implements Channels {
  readonly kind = "amqp";
  readonly #options: AmqpChannelsOptions;
  readonly #times: AmqpTimes;
  readonly #publishing: AmqpConnection;
  readonly #consuming: AmqpConnection;
  readonly #publisher: AmqpPublisher;
  readonly #consumers = new Set<AmqpConsumer>();

  constructor(options: AmqpChannelsOptions) {
    const { url, prefix, log } = options;
    this.#options = options;
    this.#times = { ...TIMES, ...options.times };
    this.#publishing = new AmqpConnection({ url, purpose: "publishing", log });
    this.#consuming = new AmqpConnection({ url, purpose: "consuming", log });
    const { confirmTimeoutMs } = this.#times;
    this.#publisher = new AmqpPublisher({ connection: this.#publishing, prefix, confirmTimeoutMs });
  }

  /** Fails with NAVE_HUB_UNAVAILABLE when the broker does not answer; later losses are made good unseen. */
  async open(): Promise<void> {
    try {
      await this.#publisher.open();
      await this.#consuming.model();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  publish(queue: string, tickets: readonly Ticket[]): Promise<void> {
    return this.#publisher.publish(queue, tickets);
  }

  async consume(queue: string, options: ConsumeOptions): Promise<{ stop(): Promise<void> }> {
    const { prefix, log } = this.#options;
    const connection = this.#consuming;
    const consumer = new AmqpConsumer({ connection, prefix, queue, consume: options, log, ...this.#times });
    await consumer.start();
    this.#consumers.add(consumer);
    return {
      stop: async () => {
        this.#consumers.delete(consumer);
        await consumer.stop();
      },
    };
  }

  async depth(queue: string): Promise<number | undefined> {
    try {
      return await this.#consuming.onOwnChannel((channel) =>
        declareQueue(channel, this.#options.prefix, queue),
      );
    } catch (error) {
      this.#options.log.warn({ err: error, queue }, "the depth of a queue could not be read");
      return undefined;
    }
  }

  async purge(queue: string): Promise<void> {
    const { prefix } = this.#options;
    await this.#consuming.onOwnChannel(async (channel) => {
      await declareQueue(channel, prefix, queue);
      await channel.purgeQueue(prefix + queue);
    });
  }

  async close(): Promise<void> {
    this.#publisher.close();
    await Promise.all([...this.#consumers].map((consumer) => consumer.stop()));
    await Promise.all([this.#publishing.close(), this.#consuming.close()]);
  }
}
