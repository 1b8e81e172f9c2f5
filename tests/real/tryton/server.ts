import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash, randomBytes, randomInt } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client, type ClientConfig } from "pg";
import { trytonClient } from "../../../adapters/tryton/client.ts";
import type { Json, JsonObject } from "../../../src/adapter-kit/index.ts";

export type Tryton = {
  /** Address of the server, without the database. */
  url: string;
  database: string;
  /** The hub's own login. */
  user: string;
  password: string;
  /** Calls a method as user admin, whom the hub does not know; the context is added. Answers are decoded to plain JSON. */
  call(method: string, params: Json[], context?: JsonObject): Promise<Json>;
  /** Another, untouched database on the same server, in about a second. */
  fresh(): Promise<Tryton>;
  /** Copies the database, the server being down for that moment; absent for a server from outside. */
  backUp?: () => Promise<TrytonBackup>;
  /** Connects to the database itself, for what no client could bring about; absent for a server from outside. */
  sql?: ClientConfig;
  /** Ends the server and with it every database of `fresh`. */
  stop(): Promise<void>;
};

/** A database as it was: to be put back under the running hub, the server being down for that moment. */
export type TrytonBackup = { putBack(): Promise<void> };

export type TrytonOptions = { companyCurrency?: "EUR" | "USD" };

const FOLDER = import.meta.dirname;
const PASSWORD = "tryton-Test-1";
const SQL_LOGIN = { host: "127.0.0.1", user: "tryton" };
const run = promisify(execFile);

/**
 * A real Tryton 6.0 for one test file: the server that TRYTON_URL, TRYTON_DATABASE, TRYTON_USER and TRYTON_PASSWORD name,
 * else one of its own from Debian packages, with a PostgreSQL of its own, on free ports, gone when stopped.
 *
 * The first call on a machine installs the packages and makes a template (two minutes, as root); after that about 4 s.
 */
export async function startTryton(options: TrytonOptions = {}): Promise<Tryton> {
  const { TRYTON_URL: url, TRYTON_DATABASE, TRYTON_USER, TRYTON_PASSWORD } = process.env;
  if (url === undefined) return startOwn(options.companyCurrency ?? "USD");
  if (TRYTON_DATABASE === undefined || TRYTON_USER === undefined || TRYTON_PASSWORD === undefined) {
    throw new Error("TRYTON_URL is set: TRYTON_DATABASE, TRYTON_USER and TRYTON_PASSWORD are needed too");
  }
  const admin = {
    user: process.env["TRYTON_ADMIN"] ?? TRYTON_USER,
    password: process.env["TRYTON_ADMIN_PASSWORD"] ?? TRYTON_PASSWORD,
  };
  return {
    url,
    database: TRYTON_DATABASE,
    user: TRYTON_USER,
    password: TRYTON_PASSWORD,
    call: callAs(url, TRYTON_DATABASE, admin),
    fresh: () => Promise.reject(new Error("A server from outside (TRYTON_URL) cannot be cloned")),
    stop: () => Promise.resolve(),
  };
}

async function startOwn(companyCurrency: string): Promise<Tryton> {
  const template = await makeTemplate(companyCurrency);
  sweepAbandonedRuns();
  const folder = join(tmpdir(), `nave-tryton-run-${process.pid}-${randomBytes(4).toString("hex")}`);
  await mkdir(folder, { mode: 0o755 });
  await run("cp", ["-a", "--reflink=auto", join(template, "pg"), join(folder, "pg")]);
  const [pgPort, postgres] = await onFreePort(async (port) => {
    const server = start(folder, "QUIT", [postgresProgram(), "-D", join(folder, "pg"), "-p", String(port)]);
    await until("PostgreSQL", server, () => onServer({ ...SQL_LOGIN, port }, "select 1"));
    return server;
  });
  const sql = { ...SQL_LOGIN, port: pgPort };
  const config = join(folder, "trytond.conf");
  const startServer = async (port: number): Promise<Server> => {
    await writeFile(config, trytondConf(port, pgPort));
    const server = start(folder, "KILL", ["/usr/bin/trytond", "-c", config]);
    const settings = clientSettings(urlOf(port), "none", "none", "none");
    await until("trytond", server, async () => void (await trytonClient(settings).version()));
    return server;
  };
  const [port, first] = await onFreePort(startServer);
  let trytond = first;
  const url = urlOf(port);
  const whileDown = async (...statements: string[]): Promise<void> => {
    await end(trytond, "SIGTERM");
    for (const statement of statements) await onServer(sql, statement);
    trytond = await startServer(port);
  };

  let clones = 0;
  const fresh = async (): Promise<Tryton> => {
    const database = `erp${++clones}`;
    await onServer(sql, `create database ${database} template template`);
    return {
      url,
      database,
      user: "hub",
      password: PASSWORD,
      call: callAs(url, database, { user: "admin", password: PASSWORD }),
      fresh,
      async backUp() {
        const copy = `${database}_copy`;
        await whileDown(`create database ${copy} template ${database}`);
        return {
          putBack: () =>
            whileDown(
              `drop database ${database} with (force)`,
              `create database ${database} template ${copy}`,
            ),
        };
      },
      sql: { ...sql, database },
      stop: async () => {
        await end(trytond, "SIGTERM");
        await end(postgres, "SIGINT");
        await rm(folder, { recursive: true, force: true });
      },
    };
  };
  return fresh();
}

/** The folder of the template for these very scripts; made by the first who needs it. */
async function makeTemplate(companyCurrency: string): Promise<string> {
  const hash = createHash("sha256").update(companyCurrency);
  for (const script of ["setup.sh", "bootstrap.py"]) hash.update(readFileSync(join(FOLDER, script)));
  const template = join(tmpdir(), `nave-tryton-template-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(template)) return template;
  try {
    await run("bash", [join(FOLDER, "setup.sh"), template, companyCurrency], { maxBuffer: 64 * 1024 * 1024 });
  } catch (cause) {
    const told = String((cause as { stderr?: unknown }).stderr ?? cause).trim();
    throw new Error(`No Tryton for the tests: ${told.split("\n").slice(-5).join("\n")}`, { cause });
  }
  return template;
}

function trytondConf(port: number, pgPort: number): string {
  return `[web]
listen = 127.0.0.1:${port}
[database]
uri = postgresql://tryton@127.0.0.1:${pgPort}/
[session]
# tests log in often and wrongly; by default five failures within five minutes mean 429
max_attempt = 100000
max_attempt_ip_network = 100000
timeout = 3600
`;
}

type Server = { child: ChildProcess; lastWords: () => string };

/** Ends with this process in any case: the kernel sends `signal` when it dies. As root it runs as the packages' own user. */
function start(folder: string, signal: string, command: string[]): Server {
  const asUser = process.getuid?.() === 0 ? ["--reuid=tryton", "--regid=tryton", "--init-groups"] : [];
  const child = spawn("setpriv", [...asUser, `--pdeathsig=${signal}`, ...command], {
    // a server whose working directory is gone cannot post invoices
    cwd: folder,
    env: { PATH: "/usr/bin:/bin", HOME: folder, TZ: "UTC", PYTHONWARNINGS: "ignore", LANG: "C.UTF-8" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let told = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    told = (told + chunk.toString()).slice(-4000);
  });
  return { child, lastWords: () => told };
}

async function until(what: string, { child, lastWords }: Server, works: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${what} ended: ${lastWords()}`);
    try {
      return await works();
    } catch (cause) {
      if (Date.now() > deadline) throw new Error(`${what} did not answer within a minute`, { cause });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function end({ child }: Server, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await ended;
  clearTimeout(timer);
}

async function onServer(sql: ClientConfig, statement: string): Promise<void> {
  const client = new Client({ ...sql, database: "postgres" });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function postgresProgram(): string {
  const versions = readdirSync("/usr/lib/postgresql").sort((one, other) => Number(one) - Number(other));
  return `/usr/lib/postgresql/${versions.at(-1)}/bin/postgres`;
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/** Somebody else may take a port between the choice and the server's own attempt: then another one is tried. */
async function onFreePort<Server>(begin: (port: number) => Promise<Server>): Promise<[number, Server]> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      return [port, await begin(port)];
    } catch (error) {
      if (attempt === 5 || !/address already in use/i.test(String(error))) throw error;
    }
  }
}

/**
 * A port nobody listens on, below those the kernel gives to outgoing connections (on Linux from 32,768):
 * one of those may be taken again before the server listens on it, or while it restarts.
 */
async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = randomInt(20_000, 32_000);
    if (await isFree(port)) return port;
  }
  throw new Error("No free port between 20000 and 32000");
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => resolve(true));
  });
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}

/** Removes what a killed test run has left behind. */
function sweepAbandonedRuns(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = /^nave-tryton-run-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    void rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function callAs(url: string, database: string, login: { user: string; password: string }): Tryton["call"] {
  const client = trytonClient(clientSettings(url, database, login.user, login.password));
  return (method, params, context = {}) => client.call(method, params, { writes: true, context });
}

function clientSettings(url: string, database: string, user: string, password: string) {
  return { url, database, user, password, language: "en", timeoutMs: 60_000 };
}
