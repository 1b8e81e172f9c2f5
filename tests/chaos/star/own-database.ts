import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readFileSync } from "node:fs";
import { chown, rm } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { isRoot, ServiceMissing } from "../../services/service-search.ts";
import { until } from "../../services/until.ts";
import { freePort, run } from "./own-folder.ts";
import type { Random } from "./random.ts";

const USUAL_PROGRAMS = "/usr/lib/postgresql/*/bin";
const USER = "postgres";
const STARTS_WITHIN_MS = 60_000;
const STARTS = 20;

/** Durable as in production; small, and with room for the write-ahead log to be cut back on a small disk. */
const SETTINGS = {
  listen_addresses: "127.0.0.1",
  fsync: "on",
  synchronous_commit: "on",
  max_connections: "200",
  shared_buffers: "64MB",
  min_wal_size: "32MB",
  max_wal_size: "64MB",
  logging_collector: "off",
  autovacuum_naptime: "10s",
};

/** A PostgreSQL cluster of its own, which can be killed. */
export class OwnDatabase {
  readonly #programs: string;
  readonly #folder: string;
  readonly #port: number;
  readonly #environment: NodeJS.ProcessEnv;
  #server: ChildProcess | undefined;
  #log = "";

  private constructor(programs: string, folder: string, port: number, environment: NodeJS.ProcessEnv) {
    this.#programs = programs;
    this.#folder = folder;
    this.#port = port;
    this.#environment = environment;
  }

  /**
   * Makes a cluster in this empty folder and starts it.
   *
   * @throws ServiceMissing when PostgreSQL's programs are not there.
   */
  static async make(folder: string, environment: NodeJS.ProcessEnv, random: Random): Promise<OwnDatabase> {
    const programs = findPrograms();
    const database = new OwnDatabase(programs, join(folder, "cluster"), await freePort(random), environment);
    if (isRoot()) await chownTo(folder);
    await database.#as("initdb", ["-D", database.#folder, "-A", "trust", "-U", USER, "-E", "UTF8"]);
    await database.start();
    return database;
  }

  get url(): string {
    return `postgres://${USER}@127.0.0.1:${this.#port}/postgres`;
  }

  get isUp(): boolean {
    return this.#server !== undefined && this.#server.exitCode === null && this.#server.signalCode === null;
  }

  /** Resolves when it answers. After a kill, until the last of its processes has noticed, a start fails: it is tried again. */
  async start(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      this.#launch();
      try {
        await until(
          "PostgreSQL answers",
          async () => !this.isUp || (await this.#answers()),
          STARTS_WITHIN_MS,
        );
        if (this.isUp) return;
      } catch (error) {
        if (attempt >= STARTS) throw error;
        await this.kill();
      }
      if (attempt >= STARTS) throw new Error(`PostgreSQL does not start: ${this.#log.slice(-1000)}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  /** Kills every process of the cluster at once. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (!server?.pid || !this.isUp) return;
    const ended = once(server, "exit");
    for (const pid of [server.pid, ...childrenOf(server.pid)]) killQuietly(pid);
    await ended;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server || !this.isUp) return;
    const ended = once(server, "exit");
    server.kill("SIGINT");
    await ended;
  }

  #launch(): void {
    this.#log = "";
    const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const parameters = ["-D", this.#folder, "-p", String(this.#port), "-k", "", ...settings];
    const [command, before] = asUser(join(this.#programs, "postgres"));
    this.#server = spawn(command, [...before, ...parameters], {
      stdio: ["ignore", "ignore", "pipe"],
      env: this.#environment,
    });
    this.#server.stderr?.on(
      "data",
      (bytes: Buffer) => (this.#log = (this.#log + String(bytes)).slice(-4000)),
    );
  }

  async #answers(): Promise<boolean> {
    const client = new Client({ connectionString: this.url, connectionTimeoutMillis: 2000 });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.query("select 1");
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  async #as(program: string, parameters: string[]): Promise<void> {
    const [command, before] = asUser(join(this.#programs, program));
    await rm(this.#folder, { recursive: true, force: true });
    await run(command, [...before, ...parameters], { env: this.#environment });
  }
}

function findPrograms(): string {
  const folders = [...globSync(USUAL_PROGRAMS).sort().reverse(), ...(process.env["PATH"] ?? "").split(":")];
  const found = folders.find((one) => existsSync(join(one, "initdb")) && existsSync(join(one, "postgres")));
  if (found !== undefined) return found;
  throw new ServiceMissing(
    `the programs initdb and postgres were found neither in ${USUAL_PROGRAMS} nor in PATH: install PostgreSQL 15 or later`,
  );
}

/** PostgreSQL refuses to run as root. */
function asUser(program: string): [string, string[]] {
  if (!isRoot()) return [program, []];
  return ["setpriv", [`--reuid=${USER}`, `--regid=${USER}`, "--init-groups", program]];
}

async function chownTo(folder: string): Promise<void> {
  const { stdout } = await run("id", ["-u", USER]).catch(() => {
    throw new ServiceMissing(`run as root, PostgreSQL needs a user ${USER}, and there is none`);
  });
  await chown(folder, Number(stdout), Number(stdout));
}

function childrenOf(pid: number): number[] {
  return globSync("/proc/[0-9]*/stat").flatMap((file) => {
    const fields = readQuietly(file).split(") ").at(-1)?.split(" ") ?? [];
    return fields[1] === String(pid) ? [Number(file.split("/")[2])] : [];
  });
}

function readQuietly(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}
