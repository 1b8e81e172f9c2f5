import { randomBytes } from "node:crypto";
import { connect } from "amqplib";
import { Client } from "pg";

/** Where a measurement stores and queues: on servers, or nowhere but in the hub's own folder. */
export type Services = {
  databaseUrl?: string;
  amqpUrl?: string;
  /** In front of the names of all queues of this measurement. */
  prefix: string;
  drop(): Promise<void>;
};

export const DATABASE_SERVER = process.env["DATABASE_URL"] ?? "postgres://postgres@127.0.0.1:5432/postgres";
export const BROKER = process.env["AMQP_URL"] ?? "amqp://guest:guest@127.0.0.1:5672";

/** A fresh database, and a prefix for queues that nobody else uses; `drop` removes both. */
export async function freshServices(): Promise<Services & { databaseUrl: string; amqpUrl: string }> {
  const name = `nave_bench_${randomBytes(5).toString("hex")}`;
  await onServer(`create database ${name}`);
  const url = new URL(DATABASE_SERVER);
  url.pathname = `/${name}`;
  const prefix = `${name}.`;
  return {
    databaseUrl: url.href,
    amqpUrl: BROKER,
    prefix,
    async drop() {
      await onServer(`drop database if exists ${name} with (force)`);
    },
  };
}

export function embeddedServices(): Services {
  return { prefix: "bench.", drop: async () => {} };
}

/** Runs statements on the server itself, outside any measurement's database. */
async function onServer(text: string): Promise<void> {
  const client = new Client({ connectionString: DATABASE_SERVER });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

export async function deleteQueues(prefix: string, queues: readonly string[]): Promise<void> {
  const connection = await connect(BROKER);
  try {
    const channel = await connection.createChannel();
    for (const queue of queues) await channel.deleteQueue(prefix + queue);
    await channel.deleteExchange(`${prefix}dead`);
  } finally {
    await connection.close();
  }
}
