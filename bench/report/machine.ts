import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { connect } from "amqplib";
import { Client } from "pg";
import { BROKER, DATABASE_SERVER } from "../stage/services.ts";

const run = promisify(execFile);

export type Machine = {
  processor: string;
  cores: number;
  memoryGb: number;
  kernel: string;
  node: string;
  postgres: string | null;
  rabbitmq: string | null;
  /** Settings of PostgreSQL that decide what a commit survives, and how the broker keeps messages. */
  durability: Record<string, string>;
  /** Microseconds for one 8 kB write and fsync, by method, as `pg_test_fsync` finds; null where there is no such program. */
  fsyncUs: Record<string, number> | null;
};

export async function describeMachine(): Promise<Machine> {
  const database = await describeDatabase().catch(() => undefined);
  return {
    processor: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    postgres: database?.version ?? null,
    rabbitmq: await brokerVersion().catch(() => null),
    durability: {
      ...database?.settings,
      queues: "quorum, mandatory, publisher confirms",
      messages: "persistent, acknowledged after commit",
    },
    fsyncUs: await measureFsync(),
  };
}

const SETTINGS = ["fsync", "synchronous_commit", "full_page_writes", "wal_sync_method", "shared_buffers"];

async function describeDatabase(): Promise<{ version: string; settings: Record<string, string> }> {
  const client = new Client({ connectionString: DATABASE_SERVER });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string; setting: string }>(
      "select name, current_setting(name) as setting from pg_settings where name = any($1)",
      [[...SETTINGS, "server_version"]],
    );
    const { server_version: version = "", ...settings } = Object.fromEntries(
      rows.map(({ name, setting }) => [name, setting]),
    );
    return { version, settings };
  } finally {
    await client.end();
  }
}

async function brokerVersion(): Promise<string> {
  const model = await connect(BROKER);
  await model.close();
  return model.connection.serverProperties.version;
}

/** Takes some seconds. Where PostgreSQL's programs are not on the path, the Debian package's folder is looked into. */
async function measureFsync(): Promise<Machine["fsyncUs"]> {
  for (const program of ["pg_test_fsync", ...debianPrograms()]) {
    const folder = await mkdtemp(join(tmpdir(), "nave-bench-"));
    const options = ["-s", "1", "-f", join(folder, "written")];
    const output = await run(program, options).catch(() => undefined);
    await rm(folder, { recursive: true });
    if (output !== undefined) return readFsyncTest(output.stdout);
  }
  return null;
}

function debianPrograms(): string[] {
  const parent = "/usr/lib/postgresql";
  try {
    return readdirSync(parent).map((version) => join(parent, version, "bin/pg_test_fsync"));
  } catch {
    return [];
  }
}

/** The first block of its output is about one 8 kB write: `fdatasync   1234.567 ops/sec   810 usecs/op`. */
export function readFsyncTest(output: string): Record<string, number> {
  const [, block = ""] = output.split(/Compare file sync methods using one 8kB write:/);
  const [first = ""] = block.split(/Compare file sync methods using two/);
  const found = first.matchAll(/^\s+(\w+)\s+[\d.]+ ops\/sec\s+(\d+) usecs\/op/gm);
  return Object.fromEntries([...found].map(([, method = "", us]) => [method, Number(us)]));
}
