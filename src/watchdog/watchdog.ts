import { mkdir } from "node:fs/promises";
import { url as debuggerAddress } from "node:inspector";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Log } from "../adapter-kit/contract.ts";
import type { AtWork } from "../flows/tracking/completion-tracker.ts";
import { withdrawDeathNote, writeDeathNote } from "./death-note.ts";

export type WatchdogOptions = {
  /** An event loop that stands still for so long ends the process. */
  standStillMs: number;
  /** What the process was at when it died is left here. */
  noteFile: string;
  /** What the code that is being executed works on; called in its asynchronous context. */
  atWork: () => AtWork | undefined;
  log: Log;
};

/** What the thread is given. */
export type ThreadOrders = Pick<WatchdogOptions, "standStillMs" | "noteFile"> & {
  shared: Int32Array<SharedArrayBuffer>;
};

/** Places in the shared array. */
export const BEAT = 0;
export const DEBUGGED = 1;
export const BEAT_MS = 250;
/** Answers what is at work, as JSON, to whoever looks into this thread. */
export const AT_WORK = "globalThis[Symbol.for('nave.atWork')]()";
const AT_WORK_SYMBOL = Symbol.for("nave.atWork");

/**
 * Ends this process when its event loop stands still, from a thread of its own: no timer and no time-out of the loop itself can
 * tell. Counting costs a timer four times a second, and nothing for each message: the thread looks at what is executed when it
 * has stood still for a second. Off while a debugger listens, in whose breakpoints it stands still, too.
 */
export async function startWatchdog(options: WatchdogOptions): Promise<{ stop(): Promise<void> }> {
  const { standStillMs, noteFile, atWork, log } = options;
  await mkdir(dirname(noteFile), { recursive: true });
  Object.assign(globalThis, { [AT_WORK_SYMBOL]: () => JSON.stringify(atWork() ?? null) });
  const shared = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  const beat = (): void => {
    Atomics.store(shared, DEBUGGED, debuggerAddress() === undefined ? 0 : 1);
    Atomics.add(shared, BEAT, 1);
  };
  beat();
  const beating = setInterval(beat, BEAT_MS).unref();
  const workerData: ThreadOrders = { standStillMs, noteFile, shared };
  const thread = new Worker(new URL("./watchdog-thread.ts", import.meta.url), { workerData, execArgv: [] });
  thread.unref();
  thread.on("error", (error) => {
    log.error(
      { cause: String(error) },
      "the watchdog has failed: an event loop that stands still is not noticed",
    );
  });
  const onExit = (): void => {
    const work = atWork();
    if (work !== undefined) writeDeathNote(noteFile, work, "exited");
  };
  process.on("exit", onExit);
  return {
    async stop() {
      process.removeListener("exit", onExit);
      clearInterval(beating);
      await thread.terminate();
      withdrawDeathNote(noteFile);
    },
  };
}
