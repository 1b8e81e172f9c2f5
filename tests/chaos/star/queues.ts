import { type Channel, connect, type GetMessage } from "amqplib";
import { deliverQueue } from "../../../src/deliver/publish.ts";
import { inboundQueue } from "../../../src/receive/publish.ts";
import type { Star } from "./star.ts";

const QUEUES = [
  ...["customer", "order", "product"].map(inboundQueue),
  ...["crm", "erp"].map((system) => deliverQueue(system)),
];
const MOST_TICKETS = 100;

export type QueueFault = "queue purged" | "queue deleted" | "tickets doubled" | "tickets reordered";

/** @param queue  Which of them, counted on and on. @returns whether there were tickets in it, or, deleted, whether it was there. */
export async function disturbQueue({ broker }: Star, kind: QueueFault, queue: number): Promise<boolean> {
  const name = `nave.${QUEUES[queue % QUEUES.length] ?? ""}`;
  if (!broker) return false;
  try {
    const connection = await connect(broker.url, { timeout: 2000 });
    connection.on("error", () => undefined);
    try {
      const channel = await connection.createChannel();
      channel.on("error", () => undefined);
      return await disturb(channel, kind, name);
    } finally {
      await connection.close().catch(() => undefined);
    }
  } catch {
    // The broker is away, or the queue is: there is nothing to disturb.
    return false;
  }
}

async function disturb(channel: Channel, kind: QueueFault, name: string): Promise<boolean> {
  switch (kind) {
    case "queue purged":
      return (await channel.purgeQueue(name)).messageCount > 0;
    case "queue deleted":
      await channel.deleteQueue(name);
      return true;
    case "tickets doubled":
    case "tickets reordered": {
      const tickets = await takeAll(channel, name);
      const again = kind === "tickets doubled" ? [...tickets, ...tickets] : tickets.toReversed();
      for (const { content, properties } of again)
        channel.sendToQueue(name, content, { ...properties, persistent: true });
      for (const ticket of tickets) channel.ack(ticket);
      await channel.close();
      return tickets.length > 0;
    }
  }
}

async function takeAll(channel: Channel, name: string): Promise<GetMessage[]> {
  const tickets: GetMessage[] = [];
  while (tickets.length < MOST_TICKETS) {
    const ticket = await channel.get(name);
    if (ticket === false) break;
    tickets.push(ticket);
  }
  return tickets;
}
