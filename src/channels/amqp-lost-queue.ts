import type { Channel } from "amqplib";
import type { Log } from "../adapter-kit/contract.ts";
import { AmqpConnection } from "./amqp-connection.ts";

const TIMEOUT_MS = 10_000;
const INTERNAL_ERROR = 541;

/**
 * Deletes a queue of which the broker knows the name and has lost the rest, as a loss of power soon after its declaration can
 * leave a quorum queue (RabbitMQ 3.10.8: "could not be restarted"). It can be declared and takes tickets, gives none, and ends
 * the connection of whoever wants some; the broker never mends it. Nothing is lost with it: the rows behind its tickets stand.
 *
 * @returns whether it was such a queue, and is gone.
 */
export async function removeLostQueue(url: string, queue: string, log: Log): Promise<boolean> {
  const code = await replyCode(url, log, async (channel) => {
    await channel.get(queue);
  });
  if (code !== INTERNAL_ERROR) return false;
  let isDeleted = false;
  await replyCode(url, log, async (channel) => {
    await channel.deleteQueue(queue);
    isDeleted = true;
  });
  return isDeleted;
}

/**
 * Works on a connection of its own: on a shared one nobody could tell whose request has ended it.
 *
 * @returns the code with which the broker ended the connection, if it did.
 */
async function replyCode(
  url: string,
  log: Log,
  work: (channel: Channel) => Promise<void>,
): Promise<number | undefined> {
  const connection = new AmqpConnection({ url, purpose: "mending", log });
  const timer = setTimeout(() => void connection.cut("no answer about a queue"), TIMEOUT_MS);
  let code: number | undefined;
  try {
    const model = await connection.model();
    model.on("error", (error: { code?: number }) => (code = error.code));
    await connection.onOwnChannel(work);
  } catch (error) {
    log.debug({ err: error }, "a queue was looked at in vain");
  } finally {
    clearTimeout(timer);
    await connection.close();
  }
  return code;
}
