import { loadModel } from "../../src/canonical/model.ts";
import type { HubConfig } from "../../src/config/types.ts";
import { deliverQueue } from "../../src/deliver/publish.ts";
import { inboundQueue } from "../../src/receive/publish.ts";
import { freshDatabase } from "../services/postgres.ts";
import { atTheBroker, brokerUrl, uniquePrefix } from "../services/rabbitmq.ts";

/** `embedded`: PGlite and channels in the process. `distributed`: PostgreSQL and RabbitMQ. */
export type Mode = "embedded" | "distributed";

export type ModeSettings = { hub: Partial<HubConfig>; drop(): Promise<void> };

/** A store and queues of their own for one star. */
export async function settingsOf(mode: Mode): Promise<ModeSettings> {
  if (mode === "embedded") return { hub: {}, drop: async () => {} };
  const database = await freshDatabase();
  const queuePrefix = uniquePrefix();
  return {
    hub: { databaseUrl: database.url, amqpUrl: brokerUrl(), queuePrefix },
    async drop() {
      await database.drop();
      await dropQueues(queuePrefix);
    },
  };
}

/** Every queue that a hub with these systems can have made. */
function queuesOf(prefix: string): string[] {
  const entities = loadModel().entities.map(inboundQueue);
  return [...new Set([...entities, deliverQueue("crm"), deliverQueue("erp")])].map((queue) => prefix + queue);
}

async function dropQueues(prefix: string): Promise<void> {
  const queues = [...queuesOf(prefix), `${prefix}dead`];
  await atTheBroker(async (channel) => {
    for (const queue of queues) await channel.deleteQueue(queue);
    await channel.deleteExchange(`${prefix}dead`);
  });
}

/** Empties every queue. @returns how many tickets were in them. */
export async function purgeQueues(prefix: string): Promise<number> {
  const queues = queuesOf(prefix);
  return atTheBroker(async (channel) => {
    let purged = 0;
    for (const queue of queues) purged += (await channel.purgeQueue(queue)).messageCount;
    return purged;
  });
}
