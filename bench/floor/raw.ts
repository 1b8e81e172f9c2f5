import { type ChannelModel, connect } from "amqplib";
import { Pool } from "pg";
import { crmRecord } from "../simulator/records.ts";
import { deleteQueues } from "../stage/services.ts";
import { consumeGroups, GROUP, publishAll, QUORUM } from "./group-consumer.ts";
import { confirmGroup, createTables, mergeGroup } from "./statements.ts";

/** Records a second through two quorum queues, confirmed and acknowledged, with nothing done to them. */
export async function rawBrokerRate(amqpUrl: string, prefix: string, records: number): Promise<number> {
  const connection = await connect(amqpUrl);
  try {
    return await relayRate(connection, `${prefix}first`, `${prefix}second`, records);
  } finally {
    // Consumers first: one whose queue goes away is told so, and takes that for a fault.
    await connection.close();
    await deleteQueues(prefix, ["first", "second"]);
  }
}

async function relayRate(
  connection: ChannelModel,
  first: string,
  second: string,
  records: number,
): Promise<number> {
  const publisher = await connection.createConfirmChannel();
  for (const queue of [first, second]) await publisher.assertQueue(queue, QUORUM);
  const { promise, resolve } = Promise.withResolvers<void>();
  const relay = await connection.createConfirmChannel();
  await consumeGroups(relay, first, (group) => publishAll(relay, second, group.map(parsed)));
  let arrived = 0;
  await consumeGroups(await connection.createChannel(), second, async (group) => {
    arrived += group.length;
    if (arrived >= records) resolve();
  });
  const started = performance.now();
  for (let at = 0; at < records; at += GROUP) await publishAll(publisher, first, arrivals(at, records));
  await promise;
  return records / ((performance.now() - started) / 1000);
}

/** Records a second through the floor's own statements, one group after the other on two connections. */
export async function rawDatabaseRate(databaseUrl: string, records: number): Promise<number> {
  const pool = new Pool({ connectionString: databaseUrl });
  // It counts as ended while its connections still are: the database is dropped under them.
  pool.on("error", () => undefined);
  try {
    await createTables(pool);
    const started = performance.now();
    let confirmed: Promise<void> = Promise.resolve();
    for (let at = 0; at < records; at += GROUP) {
      const merged = await mergeGroup(pool, arrivals(at, records));
      await confirmed;
      confirmed = confirmGroup(
        pool,
        merged.map(({ canonicalId }, index) => ({ canonicalId, target: "erp", localId: `e-${at + index}` })),
      );
    }
    await confirmed;
    return records / ((performance.now() - started) / 1000);
  } finally {
    await pool.end();
  }
}

function arrivals(from: number, records: number) {
  return Array.from({ length: Math.min(GROUP, records - from) }, (_, index) => {
    const body = crmRecord("customer", from + index + 1, 1);
    return { localId: body["id"] as string, number: body["customerNumber"] as string, body };
  });
}

function parsed(content: string): object {
  return JSON.parse(content) as object;
}
