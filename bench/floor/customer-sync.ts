/**
 * The floor of customer sync: the shortest program on amqplib and pg that takes changes from the CRM durably, keeps a golden
 * record, cross references and a trace, and delivers to the ERP. Same batches and durability as the hub; no conflicts, no
 * loops, no retries, no second source. Its orders are one line of JSON on standard input; it says `ready`, then how long
 * the work took since it had been told `go`.
 */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "amqplib";
import { Pool } from "pg";
import type { JsonObject } from "../../src/adapter-kit/contract.ts";
import { type FarSides, nowhere, systemsAt } from "./far-sides.ts";
import { consumeGroups, publishAll, QUORUM } from "./group-consumer.ts";
import {
  type Arrival,
  confirmGroup,
  createTables,
  type Merged,
  mergeGroup,
  saveCheckpoint,
} from "./statements.ts";

export type FloorOrders = {
  databaseUrl: string;
  amqpUrl: string;
  prefix: string;
  records: number;
  /** Absent: without systems, to see what database and broker give by themselves. */
  systemsUrl?: string;
  /** Where to; several: each kind of customer to its own. */
  targets?: string[];
};

const POLL_MS = 20;
const input = createInterface({ input: process.stdin });
input.once("close", () => process.exit(0));
const [line] = (await once(input, "line")) as [string];
const orders = JSON.parse(line) as FloorOrders;
const inbound = `${orders.prefix}inbound`;
const deliver = `${orders.prefix}deliver`;

const pool = new Pool({ connectionString: orders.databaseUrl });
await createTables(pool);
const connection = await connect(orders.amqpUrl);
const publisher = await connection.createConfirmChannel();
for (const queue of [inbound, deliver]) await publisher.assertQueue(queue, QUORUM);

const sides =
  orders.systemsUrl === undefined
    ? nowhere(orders.records)
    : systemsAt(orders.systemsUrl, orders.targets ?? []);
const { promise: allDelivered, resolve: done } = Promise.withResolvers<void>();
await mergeArrivals();
await deliverMerged(sides);
console.log("ready");
await once(input, "line");
const started = performance.now();
await Promise.all([read(sides), allDelivered]);
console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000 }));

async function read({ changes }: FarSides): Promise<void> {
  for (let after = 0; after < orders.records; ) {
    const page = await changes(after);
    if (page.records.length === 0) await sleep(POLL_MS);
    await publishAll(publisher, inbound, page.records);
    after = page.next;
    await saveCheckpoint(pool, after);
  }
}

async function mergeArrivals(): Promise<void> {
  const sender = await connection.createConfirmChannel();
  await consumeGroups(sender, inbound, async (group) => {
    const arrivals = group.map(arrivalOf);
    await publishAll(sender, deliver, await mergeGroup(pool, arrivals));
  });
}

function arrivalOf(content: string): Arrival {
  const { id, record } = JSON.parse(content) as { id: string; record: JsonObject };
  return { localId: id, number: record["customerNumber"] as string, body: record };
}

async function deliverMerged({ write }: FarSides): Promise<void> {
  let delivered = 0;
  await consumeGroups(await connection.createChannel(), deliver, async (group) => {
    await confirmGroup(pool, await write(group.map((content) => JSON.parse(content) as Merged)));
    delivered += group.length;
    if (delivered >= orders.records) done();
  });
}
