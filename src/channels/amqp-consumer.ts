import { setTimeout as sleep } from "node:timers/promises";
import type { Channel, ConsumeMessage } from "amqplib";
import type { Log } from "../adapter-kit/contract.ts";
import { NaveError } from "../errors.ts";
import { type AmqpConnection, closeChannel } from "./amqp-connection.ts";
import { removeLostQueue } from "./amqp-lost-queue.ts";
import { decodeTicket } from "./amqp-ticket.ts";
import { declareQueue } from "./amqp-topology.ts";
import type { ConsumeOptions, Ticket } from "./channel.ts";
import { handleTicket } from "./handle-ticket.ts";
import { Lanes } from "./lanes.ts";

export type AmqpConsumerOptions = {
  connection: AmqpConnection;
  prefix: string;
  queue: string;
  consume: ConsumeOptions;
  log: Log;
  /** First pause before consuming again; doubled for every failure in a row, up to `maxBackOffMs`. */
  backOffMs: number;
  maxBackOffMs: number;
  /** How long all of `prefetch` may be under way without one acknowledgement before the channel is given up. */
  watchdogMs: number;
  /** How often the broker is asked whether tickets wait that it does not deliver. */
  livenessMs: number;
};

/** So many attempts in a row that did not get to consuming: whether the queue itself is at fault is looked into. */
const SUSPECT_AFTER = 3;

type Session = {
  channel: Channel;
  open: boolean;
  delivered: number;
  unacked: number;
  /** When the last ticket came or was acknowledged. */
  movedAt: number;
  end: (reason: string) => void;
};
type Delivery = { ticket: Ticket; message: ConsumeMessage; session: Session };

/** Consumes one queue until it is stopped: through lost connections, deleted queues and handlers that hang. */
export class AmqpConsumer {
  readonly #options: AmqpConsumerOptions;
  readonly #stop = new AbortController();
  #lanes: Lanes<Delivery>;
  #session: { session: Session; tag: string } | undefined;
  #running: Promise<void> | undefined;
  #begun = false;

  constructor(options: AmqpConsumerOptions) {
    this.#options = options;
    this.#lanes = this.#newLanes();
  }

  /** Resolves after the first attempt; when the broker is away it goes on by itself. Rejects when the queue is not usable. */
  async start(): Promise<void> {
    const first = Promise.withResolvers<void>();
    this.#running = this.#keepConsuming(first);
    await first.promise;
  }

  /** Takes no more tickets, waits for those under way; what was not begun goes back to the queue. */
  async stop(): Promise<void> {
    this.#stop.abort();
    const current = this.#session;
    await current?.session.channel.cancel(current.tag).catch(() => undefined);
    await this.#lanes.stop();
    current?.session.end("stopped");
    await this.#running;
  }

  async #keepConsuming(first: PromiseWithResolvers<void>): Promise<void> {
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#consumeOnce(() => {
          failures = 0;
          this.#begun = true;
          first.resolve();
        });
      } catch (error) {
        this.#reportFailure(error, first);
      }
      failures += 1;
      if (failures % SUSPECT_AFTER === 0) await this.#mend();
      await this.#backOff(failures);
    }
  }

  async #mend(): Promise<void> {
    const { connection, prefix, queue, log } = this.#options;
    if (!(await removeLostQueue(connection.url, prefix + queue, log))) return;
    const text =
      "the broker had lost all but the name of a queue: it is declared anew, and its tickets are sent again";
    log.error({ queue }, text);
  }

  /** A queue that is not usable ends a consumer that has not begun; one that has begun waits for someone to mend it. */
  #reportFailure(error: unknown, first: PromiseWithResolvers<void>): void {
    const unusable = error instanceof NaveError && error.code === "NAVE_CONFIG_INVALID";
    if (unusable && !this.#begun) {
      this.#stop.abort();
      first.reject(error);
      return;
    }
    this.#options.log.warn(
      { err: error, queue: this.#options.queue },
      "a queue could not be consumed, trying again",
    );
    first.resolve();
  }

  /** Resolves when the subscription has ended, whatever ended it. */
  async #consumeOnce(onConsuming: () => void): Promise<void> {
    const { connection, prefix, queue, consume, log } = this.#options;
    await connection.onOwnChannel((channel) => declareQueue(channel, prefix, queue));
    const channel = await connection.openChannel();
    const ended = Promise.withResolvers<string>();
    const session = newSession(channel, ended.resolve);
    channel.once("close", () => ended.resolve("the connection was lost"));
    const watchdog = this.#watchHandlers(session);
    const liveness = this.#watchDeliveries(session);
    try {
      await channel.prefetch(consume.prefetch);
      const { consumerTag } = await channel.consume(prefix + queue, (message) =>
        this.#accept(session, message),
      );
      this.#session = { session, tag: consumerTag };
      if (this.#stop.signal.aborted) return;
      onConsuming();
      const reason = await ended.promise;
      if (!this.#stop.signal.aborted) log.warn({ queue, reason }, "a consumer ended, consuming again");
    } finally {
      session.open = false;
      this.#session = undefined;
      clearInterval(watchdog);
      clearInterval(liveness);
      await closeChannel(channel);
    }
  }

  #accept(session: Session, message: ConsumeMessage | null): void {
    if (message === null) return session.end("the broker cancelled it: the queue is gone or moved");
    const ticket = decodeTicket(message);
    if (ticket === undefined) {
      this.#options.log.warn({ queue: this.#options.queue }, "something that is no ticket was set aside");
      return session.channel.nack(message, false, false);
    }
    session.delivered++;
    session.unacked++;
    session.movedAt = performance.now();
    this.#lanes.add({ ticket, message, session });
  }

  /** Lanes outlive a lost connection, so that a ticket delivered again still waits for the one of its key under way. */
  #newLanes(): Lanes<Delivery> {
    return new Lanes({
      limit: this.#options.consume.prefetch,
      keyOf: (delivery) => delivery.ticket.key,
      work: (delivery) => this.#work(delivery),
    });
  }

  async #work({ ticket, message, session }: Delivery): Promise<void> {
    // The broker delivers it again on the next channel.
    if (!session.open) return;
    await handleTicket(ticket, this.#options.consume, this.#options.queue, this.#options.log);
    if (!session.open) return;
    session.unacked--;
    session.movedAt = performance.now();
    try {
      session.channel.ack(message);
    } catch {
      session.end("the channel closed under an acknowledgement");
    }
  }

  #watchHandlers(session: Session): NodeJS.Timeout {
    const { watchdogMs, consume, queue, log } = this.#options;
    const check = () => {
      if (session.unacked < consume.prefetch || performance.now() - session.movedAt < watchdogMs) return;
      log.error(
        { queue, unacked: session.unacked, watchdogMs },
        "no ticket was finished for too long, giving up those under way",
      );
      // What hangs keeps its lane for ever: it is left behind, and its tickets are delivered again.
      void this.#lanes.stop();
      this.#lanes = this.#newLanes();
      session.end("the watchdog ended it");
    };
    return setInterval(check, watchdogMs / 10);
  }

  /**
   * A queue deleted and declared again within milliseconds leaves its consumers registered with nobody, without a
   * cancel (RabbitMQ 3.10.8, quorum queue, November 2026): connected, silent, and dead. So the broker is asked.
   */
  #watchDeliveries(session: Session): NodeJS.Timeout {
    const { connection, prefix, queue, consume, livenessMs } = this.#options;
    let before = { delivered: -1, waiting: 0, isForgotten: false };
    const check = async () => {
      const found = await connection
        .onOwnChannel((channel) => channel.checkQueue(prefix + queue))
        .catch(() => undefined);
      const waiting = found?.messageCount ?? 0;
      const idle = session.unacked < consume.prefetch && session.delivered === before.delivered;
      const isForgotten = found?.consumerCount === 0;
      if (idle && waiting > 0 && before.waiting > 0)
        session.end(`${waiting} tickets wait and the broker delivers none`);
      else if (isForgotten && before.isForgotten) session.end("the broker knows of nobody who consumes it");
      before = { delivered: session.delivered, waiting, isForgotten };
    };
    return setInterval(() => void check(), livenessMs);
  }

  async #backOff(failures: number): Promise<void> {
    const { backOffMs, maxBackOffMs } = this.#options;
    const longest = Math.min(maxBackOffMs, backOffMs * 2 ** Math.min(failures - 1, 16));
    // Spread out, so that a restarted broker does not meet all hubs at once.
    await sleep(longest * (0.5 + Math.random() / 2), undefined, { signal: this.#stop.signal }).catch(
      () => undefined,
    );
  }
}

function newSession(channel: Channel, end: (reason: string) => void): Session {
  return { channel, open: true, delivered: 0, unacked: 0, movedAt: performance.now(), end };
}
