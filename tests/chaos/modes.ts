import { loadModel } from "../../src/canonical/model.ts";
import { commandQueue } from "../../src/commands/publish.ts";
import type { HubConfig } from "../../src/config/types.ts";
import { deliverQueue } from "../../src/deliver/publish.ts";
import type { Hub } from "../../src/hub.ts";
import { inboundQueue, RESUMED_QUEUE } from "../../src/receive/publish.ts";
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

async function dropQueues(prefix: string): Promise<void> {
  const inbound = loadModel().entities.map(inboundQueue);
  const outbound = ["crm", "erp"].flatMap((system) => [deliverQueue(system), commandQueue(system)]);
  const queues = [...inbound, RESUMED_QUEUE, ...outbound, "dead"];
  await atTheBroker(async (channel) => {
    for (const queue of queues) await channel.deleteQueue(prefix + queue);
    await channel.deleteExchange(`${prefix}dead`);
  });
}

/** Empties every queue from which a hub that is up consumes. @returns how many tickets were in them. */
export async function purgeQueues({ config, systems }: Pick<Hub, "config" | "systems">): Promise<number> {
  const entities = [...systems.values()].flatMap((system) => system.entities);
  const outbound = [...systems.keys()].flatMap((system) => [deliverQueue(system), commandQueue(system)]);
  const queues = new Set([...entities.map(inboundQueue), RESUMED_QUEUE, ...outbound]);
  return atTheBroker(async (channel) => {
    let purged = 0;
    for (const queue of queues) {
      const { messageCount } = await channel.purgeQueue(`${config.hub.queuePrefix}${queue}`);
      purged += messageCount;
    }
    return purged;
  });
}
