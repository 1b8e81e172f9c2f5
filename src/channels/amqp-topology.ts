import type { Channel } from "amqplib";
import { NaveError } from "../errors.ts";

const PRECONDITION_FAILED = 406;
/** Deliveries without an acknowledgement after which the broker sets a ticket aside: each was a process or connection that died. */
const DELIVERY_LIMIT = 20;
/** The dead letters that count are rows; the broker's are traces and must not fill its disk. */
const MAX_DEAD_TICKETS = 10_000;
/** A queue that nobody has used for that long goes; the rows behind its tickets stay, and are published again. */
const UNUSED_MS = 60 * 60_000;

/** Declares the queue with its dead-letter exchange, and answers how many tickets wait in it. */
export async function declareQueue(channel: Channel, prefix: string, queue: string): Promise<number> {
  const dead = `${prefix}dead`;
  try {
    await channel.assertExchange(dead, "fanout", { durable: true });
    await channel.assertQueue(dead, {
      durable: true,
      arguments: { "x-queue-type": "quorum", "x-max-length": MAX_DEAD_TICKETS, "x-expires": UNUSED_MS },
    });
    await channel.bindQueue(dead, dead, "");
    const declared = await channel.assertQueue(prefix + queue, {
      durable: true,
      deadLetterExchange: dead,
      arguments: { "x-queue-type": "quorum", "x-delivery-limit": DELIVERY_LIMIT, "x-expires": UNUSED_MS },
    });
    return declared.messageCount;
  } catch (error) {
    if ((error as { code?: unknown }).code !== PRECONDITION_FAILED) throw error;
    throw new NaveError(
      "NAVE_CONFIG_INVALID",
      `queue ${prefix + queue} exists at the broker with other arguments: ${(error as Error).message}`,
      {
        field: "AMQP_URL",
        accepts: `a quorum queue with dead-letter exchange ${dead}; delete the old queue, nothing in it is lost`,
      },
      error,
    );
  }
}
