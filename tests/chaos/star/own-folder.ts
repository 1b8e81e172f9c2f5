import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { clearAbandoned, clearAway, folderPrefix, markedEnvironment } from "./clear-away.ts";
import type { Random } from "./random.ts";

export const run = promisify(execFile);

/** Below the range from which Linux lends ports to clients, so that none is taken between two starts of a service. */
const LOWEST_PORT = 20_000;
const PORTS = 12_000;
const TRIES = 50;

/** What a signal that ends the run asks for first. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export type OwnFolder = {
  path: string;
  /** For every process that is started for the run. */
  environment: NodeJS.ProcessEnv;
  /** A folder in it, readable by every user. */
  make(name: string): Promise<string>;
  /** With all that is still at work in it. */
  remove(): void;
};

/**
 * A folder for one run. However this process ends, no process of the run, no file system and no file outlives it; what a
 * killed one leaves is cleared away when the next asks for a folder.
 */
export async function ownFolder(): Promise<OwnFolder> {
  clearAbandoned();
  const path = await mkdtemp(folderPrefix());
  await chmod(path, 0o755);
  const clear = () => clearAway(path);
  const end = (signal: NodeJS.Signals) => {
    clear();
    for (const one of SIGNALS) process.off(one, end);
    process.kill(process.pid, signal);
  };
  process.on("exit", clear);
  for (const signal of SIGNALS) process.on(signal, end);
  return {
    path,
    environment: markedEnvironment(path),
    async make(name) {
      const folder = join(path, name);
      await mkdir(folder, { recursive: true });
      return folder;
    },
    remove() {
      clear();
      process.off("exit", clear);
      for (const signal of SIGNALS) process.off(signal, end);
    },
  };
}

/** @throws when none of many ports tried is free. */
export async function freePort(random: Random): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const port = LOWEST_PORT + random.below(PORTS);
    if (await isFree(port)) return port;
  }
  throw new Error(`none of ${TRIES} ports between ${LOWEST_PORT} and ${LOWEST_PORT + PORTS} is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
