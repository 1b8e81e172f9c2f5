import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { connect } from "amqplib";
import { Client } from "pg";
import { publishAll } from "../floor/group-consumer.ts";
import { crmRecord } from "../simulator/records.ts";
import { Child } from "../stage/child.ts";
import { deleteQueues, freshServices } from "../stage/services.ts";
import { Systems } from "../stage/systems.ts";
import { customerCredentials, customerFlow, type FlowEnds } from "./node-red-flow.ts";
import type { Peer } from "./peer.ts";

const PALETTE = ["node-red-contrib-amqp", "node-red-contrib-re-postgres"];
const MOST_RECORDS = 5000;
const STALL_MS = 15_000;
const GROUP = 500;

/**
 * Stock Node-RED with public nodes: takes from a queue, keeps a row, translates, writes into the ERP. The records are in the
 * queue before it starts. Its queue node acknowledges on delivery, so whatever is under way when it dies is lost.
 */
export const nodeRed: Peer = {
  name: "Node-RED",
  does: "one row and one write for each record; no confirmed delivery, matching, merge, cross reference or trace",
  async run({ records, say }) {
    const folder = await mkdtemp(join(tmpdir(), "nave-bench-node-red-"));
    try {
      say("installing Node-RED's palettes");
      const fault = await install(folder);
      if (fault !== undefined) return { absent: `npm install ${PALETTE.join(" ")} failed: ${fault}` };
      return await measure(folder, Math.min(records, MOST_RECORDS), say);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/**
 * node-red-contrib-re-postgres brings pg 6, which never connects on Node.js 14 or later. It is given a pg 8 that still has the
 * `connect` of pg 6, with a pool as there.
 *
 * @returns why the packages could not be had.
 */
async function install(folder: string): Promise<string | undefined> {
  const pg = join(folder, "pg");
  await mkdir(pg);
  const shim = { name: "pg", version: "6.4.2", main: "index.js", dependencies: { "pg-8": "npm:pg@^8" } };
  await writeFile(join(pg, "package.json"), JSON.stringify(shim));
  await writeFile(join(pg, "index.js"), CONNECT_OF_PG_6);
  const wanted = {
    private: true,
    dependencies: {
      pg: "file:./pg",
      "pg-8": "npm:pg@^8",
      ...Object.fromEntries(PALETTE.map((name) => [name, "*"])),
    },
    overrides: { "node-red-contrib-re-postgres": { pg: "$pg" } },
  };
  await writeFile(join(folder, "package.json"), JSON.stringify(wanted));
  const args = ["install", "--no-audit", "--no-fund"];
  return promisify(execFile)("npm", args, { cwd: folder, timeout: 180_000 }).then(
    () => undefined,
    (error: Error) => error.message.slice(0, 300),
  );
}

const CONNECT_OF_PG_6 = `const { Pool } = require("pg-8");
let pool;
exports.connect = (config, callback) => (pool ??= new Pool(config)).connect(callback);
`;

async function measure(folder: string, records: number, say: (text: string) => void) {
  const services = await freshServices();
  const systems = await Systems.start();
  const queue = `${services.prefix}inbound`;
  const ends: FlowEnds = { ...services, queue, erpUrl: `${systems.url}/erp/customer/write` };
  let child: Child | undefined;
  try {
    await createTable(services.databaseUrl);
    await fillQueue(ends, records);
    child = await startNodeRed(folder, ends);
    return await watch(systems, records, child, say);
  } finally {
    await child?.end();
    await systems.end();
    await deleteQueues(services.prefix, ["inbound"]);
    await services.drop();
  }
}

async function createTable(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query("create table customer (number text primary key, body jsonb not null)");
  await client.end();
}

/** A durable classic queue: the palette's node can declare no other. */
async function fillQueue({ amqpUrl, queue }: FlowEnds, records: number): Promise<void> {
  const connection = await connect(amqpUrl);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(queue, { durable: true });
  for (let at = 1; at <= records; at += GROUP) {
    const group = Array.from({ length: Math.min(GROUP, records - at + 1) }, (_, index) => ({
      record: crmRecord("customer", at + index, 1),
    }));
    await publishAll(channel, queue, group, { contentType: "application/json" });
  }
  await connection.close();
}

async function startNodeRed(folder: string, ends: FlowEnds): Promise<Child> {
  const settings = { credentialSecret: false, flowFile: "flows.json", uiPort: 0, uiHost: "127.0.0.1" };
  await writeFile(join(folder, "settings.js"), `module.exports = ${JSON.stringify(settings)};\n`);
  await writeFile(join(folder, "flows.json"), JSON.stringify(customerFlow(ends)));
  await writeFile(join(folder, "flows_cred.json"), JSON.stringify(customerCredentials(ends)));
  const program = join(dirname(createRequire(import.meta.url).resolve("node-red/package.json")), "red.js");
  return new Child([program, "-u", folder, "-s", join(folder, "settings.js")]);
}

/** From the first record in the ERP to the last, so that its start does not count. */
async function watch(
  systems: Systems,
  records: number,
  child: Child,
  say: (text: string) => void,
): Promise<{ rate: number } | { absent: string }> {
  let first: { size: number; at: number } | undefined;
  let movedAt = Date.now();
  for (let before = 0; Date.now() - movedAt < STALL_MS; await sleep(50)) {
    const { size, lastCommitMs } = await systems.stats("erp", "customer");
    if (size > 0) first ??= { size, at: lastCommitMs };
    if (size !== before) movedAt = Date.now();
    before = size;
    say(`Node-RED: ${size} of ${records} customers are in the ERP`);
    if (first && size >= records) return { rate: (size - first.size) / ((lastCommitMs - first.at) / 1000) };
  }
  return { absent: `Node-RED stood still: ${(child.unread + child.log).slice(-1500)}` };
}
