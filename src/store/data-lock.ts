import { readFileSync } from "node:fs";
import { link, open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { NaveError } from "../errors.ts";

const FILE_NAME = "nave.lock";
const HEARTBEAT_MS = 2_000;
/** A lock of another machine or container is watched for this many of its heartbeats for a sign of life. */
const WATCHED_HEARTBEATS = 4;

export type DataLock = { release(): Promise<void> };

type Holder = { pid: number; host: string; startedAt: string };

/**
 * Takes the data directory for this process alone; two processes in one PGlite directory destroy it.
 *
 * The file holds process id, host and the process's start, so that a number used again is not mistaken for the holder.
 * The lock of a dead process is taken over; a live holder is named in the error. On another host (a container that was
 * replaced) the process cannot be looked up: there the file's time, renewed with every heartbeat, tells.
 *
 * @param heartbeatMs  The same for all who may want the directory.
 */
export async function lockDataDirectory(directory: string, heartbeatMs = HEARTBEAT_MS): Promise<DataLock> {
  const file = path.join(directory, FILE_NAME);
  const mine: Holder = {
    pid: process.pid,
    host: hostname(),
    startedAt: processStart(process.pid) ?? "unknown",
  };
  while (!(await createLockFile(file, mine))) await removeStaleLock(file, directory, heartbeatMs);
  const heartbeat = setInterval(() => void renew(file), heartbeatMs);
  heartbeat.unref();
  return {
    async release() {
      clearInterval(heartbeat);
      await rm(file, { force: true });
    },
  };
}

async function createLockFile(file: string, holder: Holder): Promise<boolean> {
  const draft = `${file}.${process.pid}`;
  try {
    const handle = await open(draft, "w", 0o600);
    await handle.writeFile(JSON.stringify(holder));
    await handle.close();
    // A link appears with its content and only where nothing is, so nobody can read half a lock.
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Removes the lock if its holder is dead, otherwise throws. */
async function removeStaleLock(file: string, directory: string, heartbeatMs: number): Promise<void> {
  const text = await readIfThere(file);
  if (text === undefined) return;
  const holder = parseHolder(text);
  if (await isAlive(holder, file, heartbeatMs)) {
    throw new NaveError(
      "NAVE_CONFIG_INVALID",
      `the data directory ${directory} is in use by process ${holder.pid} on ${holder.host}: two hubs cannot share it`,
      {
        field: "dataDir",
        value: directory,
        accepts: "a data directory no running hub uses; stop that process first",
      },
    );
  }
  // Renamed before it is removed: when two processes find it stale, the second must not remove the first one's new lock.
  const aside = `${file}.stale.${process.pid}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if ((await readIfThere(aside)) !== text) await link(aside, file);
  await rm(aside, { force: true });
}

/** What cannot be read belongs to nobody known: only the file's time can tell whether that one lives. */
function parseHolder(text: string): Holder {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return { pid: 0, host: "an unknown host", startedAt: "unknown" };
  }
}

async function isAlive(holder: Holder, file: string, heartbeatMs: number): Promise<boolean> {
  if (holder.host === hostname()) {
    const start = processStart(holder.pid);
    return start !== undefined && start === holder.startedAt;
  }
  const before = await modifiedAt(file);
  const until = Date.now() + WATCHED_HEARTBEATS * heartbeatMs;
  while (Date.now() < until) {
    await sleep(heartbeatMs / 8);
    if ((await modifiedAt(file)) !== before) return true;
  }
  return false;
}

/** What tells two processes of one number apart; undefined when none runs under it. */
function processStart(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return undefined;
  }
  try {
    // Field 22: start in clock ticks since boot; the second field is the program's name and may hold blanks (proc(5)).
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}/${fields[19]}`;
  } catch {
    // Not Linux: the number alone has to do.
    return "unknown";
  }
}

async function modifiedAt(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).mtimeMs;
  } catch {
    return undefined;
  }
}

async function renew(file: string): Promise<void> {
  const now = new Date();
  // Removed by hand under a running hub: nothing to renew, and no reason to stop serving.
  await utimes(file, now, now).catch(() => undefined);
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
