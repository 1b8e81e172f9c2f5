import { workerData } from "node:worker_threads";
import type { AtWork } from "../flows/tracking/completion-tracker.ts";
import { createLastWordsLog } from "../telemetry/log.ts";
import { withdrawDeathNote, writeDeathNote } from "./death-note.ts";
import { lookAtMainThread } from "./look-at-main-thread.ts";
import { StandStill } from "./stand-still.ts";
import { AT_WORK, BEAT, BEAT_MS, DEBUGGED, type ThreadOrders } from "./watchdog.ts";

/** From here on it is worth a note: who runs out of memory does not stand still for much longer. */
const NOTED_AFTER_MS = 1000;
/** Exit code of a process that SIGKILL has ended, as shells and supervisors write it. */
const KILLED = 137;

const { standStillMs, noteFile, shared } = workerData as ThreadOrders;
const loop = new StandStill(BEAT_MS);
let noted = false;
let ending = false;

setInterval(() => {
  if (ending || Atomics.load(shared, DEBUGGED) === 1) return;
  const stillMs = loop.tick(performance.now(), Atomics.load(shared, BEAT));
  if (stillMs >= standStillMs) void end(stillMs);
  else if (stillMs >= NOTED_AFTER_MS && !noted) note().catch(notNoted);
  else if (stillMs === 0 && noted) withdraw();
}, BEAT_MS);

async function note(): Promise<void> {
  noted = true;
  const before = Atomics.load(shared, BEAT);
  const { work } = await look();
  // It may have gone on while it was being looked at.
  if (work !== undefined && noted && Atomics.load(shared, BEAT) === before)
    writeDeathNote(noteFile, work, "stood-still");
}

function notNoted(error: unknown): void {
  createLastWordsLog().error(
    { cause: String(error) },
    "what the event loop stands still in could not be noted",
  );
}

function withdraw(): void {
  noted = false;
  withdrawDeathNote(noteFile);
}

async function end(stillMs: number): Promise<void> {
  ending = true;
  try {
    await tell(stillMs);
  } finally {
    // The main thread takes no other signal any more.
    process.kill(process.pid, "SIGKILL");
  }
  // Only the first process of a container is still there: no signal of its own kills it.
  await lookAtMainThread(`process.reallyExit(${KILLED})`);
}

async function tell(stillMs: number): Promise<void> {
  const { work, stack } = await look();
  if (work !== undefined) writeDeathNote(noteFile, work, "stood-still");
  const seconds = Math.round(stillMs / 1000);
  const text = `the event loop has stood still for ${seconds} s ${whereIn(work)}; the process ends, to be started again`;
  createLastWordsLog().error({ ...work, stack }, text);
}

async function look(): Promise<{ work?: AtWork; stack?: string[] }> {
  const seen = await lookAtMainThread(AT_WORK);
  if (seen === undefined) return {};
  const work = typeof seen.value === "string" ? (JSON.parse(seen.value) as AtWork | null) : null;
  return { stack: seen.stack, ...(work === null ? {} : { work }) };
}

function whereIn(work: AtWork | undefined): string {
  if (work === undefined) return "outside of any flow";
  const { nodeType, nodeName, node, flow, messageId } = work;
  return `in ${nodeType} "${nodeName ?? ""}" (${node}) of flow ${flow}, with message ${messageId}`;
}
