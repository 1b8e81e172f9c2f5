import { execFileSync } from "node:child_process";
import { globSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** In the environment of every process that a run starts: the folder of the run. */
const MARK = "NAVE_CHAOS_FOLDER";
const PREFIX = "nave-chaos-";
const ROUNDS = 100;
const ROUND_MS = 20;

/** What the processes of a run are started with, so that they are found when the run has died. */
export function markedEnvironment(folder: string): NodeJS.ProcessEnv {
  return { ...process.env, [MARK]: folder };
}

/** How the name of a run's folder begins: with the process that it belongs to. */
export function folderPrefix(): string {
  return join(tmpdir(), `${PREFIX}${process.pid}-${startOf(process.pid) ?? 0}-`);
}

/** Clears what runs that have died left behind. */
export function clearAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    const [, pid, start] = new RegExp(`^${PREFIX}(\\d+)-(\\d+)-`).exec(name) ?? [];
    const folder = join(tmpdir(), name);
    const isOurs = quietly(() => statSync(folder).uid) === process.getuid?.();
    if (pid !== undefined && isOurs && !isAlive(Number(pid), Number(start))) clearAway(folder);
  }
}

/**
 * Kills every process of a run, takes its file systems off and removes its folder. Synchronous: nothing is started meanwhile,
 * and it can be the last that a process does. Finds processes where there is `/proc`.
 */
export function clearAway(folder: string): void {
  for (let round = 0; round < ROUNDS; round += 1) {
    const pids = processesOf(folder);
    if (pids.length === 0) break;
    for (const pid of pids) killQuietly(pid);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ROUND_MS);
  }
  for (const mount of mountsIn(folder)) execFileSync("umount", ["-l", mount], { stdio: "ignore" });
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: ROUND_MS });
}

/** Marked, or at work in the folder: a PostgreSQL process writes its title over its environment. */
export function processesOf(folder: string): number[] {
  return globSync("/proc/[0-9]*").flatMap((path) => {
    const pid = Number(path.slice("/proc/".length));
    const isOwn =
      quietly(() => readlinkSync(`${path}/cwd`))?.startsWith(`${folder}/`) ||
      quietly(() => readFileSync(`${path}/environ`, "utf8"))
        ?.split("\0")
        .includes(`${MARK}=${folder}`);
    return isOwn && pid !== process.pid && !isZombie(pid) ? [pid] : [];
  });
}

export function mountsIn(folder: string): string[] {
  const mounts = quietly(() => readFileSync("/proc/mounts", "utf8")) ?? "";
  return mounts.split("\n").flatMap((line) => {
    const [, mount = ""] = line.split(" ");
    return mount.startsWith(`${folder}/`) ? [mount] : [];
  });
}

function isAlive(pid: number, start: number): boolean {
  if (start > 0) return startOf(pid) === start;
  // Not Linux: the number alone has to do.
  return quietly(() => process.kill(pid, 0)) === true;
}

/** In clock ticks since the machine's start: tells two processes of one number apart. */
function startOf(pid: number): number | undefined {
  const field = statusOf(pid)?.[19];
  return field === undefined ? undefined : Number(field);
}

function isZombie(pid: number): boolean {
  return statusOf(pid)?.[0] === "Z";
}

/** The third field of proc(5)'s stat and those that follow; the second may hold blanks. */
function statusOf(pid: number): string[] | undefined {
  return quietly(() => readFileSync(`/proc/${pid}/stat`, "utf8"))
    ?.replace(/^.*\) /s, "")
    .split(" ");
}

function killQuietly(pid: number): void {
  quietly(() => process.kill(pid, "SIGKILL"));
}

/** Processes come and go: what can no longer be read is not there. */
function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
