import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Random } from "./random.ts";

export const run = promisify(execFile);

/** Below the range from which Linux lends ports to clients, so that none is taken between two starts of a service. */
const LOWEST_PORT = 20_000;
const PORTS = 12_000;
const TRIES = 50;

export type OwnFolder = {
  path: string;
  /** A folder in it, readable by every user. */
  make(name: string): Promise<string>;
  remove(): Promise<void>;
};

export async function ownFolder(): Promise<OwnFolder> {
  const path = await mkdtemp(join(tmpdir(), "nave-chaos-"));
  await chmod(path, 0o755);
  return {
    path,
    async make(name) {
      const folder = join(path, name);
      await mkdir(folder, { recursive: true });
      return folder;
    },
    remove: () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
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
