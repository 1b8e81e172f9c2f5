import { type ConfirmChannel, connect } from "amqplib";
import { testName } from "./test-name.ts";

/** The broker of the tests; `AMQP_URL_TEST`, else the Debian package's on this machine. */
export function brokerUrl(): string {
  return process.env["AMQP_URL_TEST"] ?? "amqp://guest:guest@127.0.0.1:5672";
}

/** In front of the queue names of one test file, so that files can run side by side. */
export function uniquePrefix(): string {
  return `${testName()}_`;
}

/** Runs `work` on a plain channel beside the hub's own: to look at, fill or delete queues as a stranger would. */
export async function atTheBroker<T>(work: (channel: ConfirmChannel) => Promise<T>): Promise<T> {
  const connection = await connect(brokerUrl());
  try {
    const channel = await connection.createConfirmChannel();
    const result = await work(channel);
    await channel.waitForConfirms();
    return result;
  } finally {
    await connection.close();
  }
}

/** Deletes the queues a test file made, and the dead-letter exchange and queue beside them. */
export async function deleteQueues(prefix: string, queues: readonly string[]): Promise<void> {
  await atTheBroker(async (channel) => {
    for (const queue of [...queues, "dead"]) await channel.deleteQueue(prefix + queue);
    await channel.deleteExchange(`${prefix}dead`);
  });
}
