import type { Channel, ConfirmChannel, ConsumeMessage } from "amqplib";

/** Most records in a group: as many as a batch of the systems takes. */
export const GROUP = 500;
const PREFETCH = 4 * GROUP;

export const QUORUM = { durable: true, arguments: { "x-queue-type": "quorum" } };

/**
 * Works off a queue in groups, one after the other: whatever has come while one was under way makes up the next. A group is
 * acknowledged when its work is done.
 */
export async function consumeGroups(
  channel: Channel,
  queue: string,
  work: (contents: string[]) => Promise<void>,
): Promise<void> {
  const waiting: ConsumeMessage[] = [];
  let isWorking = false;
  const workOff = async () => {
    isWorking = true;
    while (waiting.length > 0) {
      const group = waiting.splice(0, GROUP);
      await work(group.map((message) => message.content.toString()));
      channel.ack(group.at(-1) as ConsumeMessage, true);
    }
    isWorking = false;
  };
  await channel.prefetch(PREFETCH);
  await channel.consume(queue, (message) => {
    if (message === null) throw new Error(`${queue} is gone`);
    waiting.push(message);
    if (!isWorking) {
      isWorking = true;
      setImmediate(() => void workOff());
    }
  });
}

/** Publishes persistent messages; resolves when the broker has confirmed them all. */
export async function publishAll(
  channel: ConfirmChannel,
  queue: string,
  bodies: readonly object[],
  properties: { contentType?: string } = {},
): Promise<void> {
  for (const body of bodies)
    channel.publish("", queue, Buffer.from(JSON.stringify(body)), { persistent: true, ...properties });
  await channel.waitForConfirms();
}
