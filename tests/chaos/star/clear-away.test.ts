import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { clearAbandoned, mountsIn, processesOf } from "./clear-away.ts";

const PROGRAM = fileURLToPath(new URL("./services-process.ts", import.meta.url));
/** Broker, port mapper, database and its helpers, and a process that is stopped. */
const LEAST_PROCESSES = 6;

test.runIf(existsSync("/proc/mounts"))(
  "neither a process nor a file system nor a file outlives a run that is told to end, or that is killed once the next begins",
  async () => {
    const [told, killed] = await Promise.all([startServices(), startServices()]);
    expect(processesOf(told.folder).length).toBeGreaterThan(LEAST_PROCESSES);
    expect(await endBy(told, "SIGTERM")).toBe("SIGTERM");
    expect(whatIsLeft(told.folder)).toEqual([]);

    expect(await endBy(killed, "SIGKILL")).toBe("SIGKILL");
    expect(processesOf(killed.folder).length).toBeGreaterThan(LEAST_PROCESSES);
    clearAbandoned();
    expect(whatIsLeft(killed.folder)).toEqual([]);
  },
);

type Started = { run: ReturnType<typeof spawn>; folder: string };

async function startServices(): Promise<Started> {
  const run = spawn(process.execPath, [PROGRAM], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: run.stdout })) return { run, folder: line };
  throw new Error("the services did not start");
}

async function endBy({ run }: Started, signal: NodeJS.Signals): Promise<unknown> {
  const ended = once(run, "exit");
  run.kill(signal);
  const [, how] = await ended;
  return how;
}

function whatIsLeft(folder: string): unknown[] {
  return [...processesOf(folder), ...mountsIn(folder), ...(existsSync(folder) ? [folder] : [])];
}
