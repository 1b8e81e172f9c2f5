import { writeSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../../../src/config/types.ts";
import { openHttpFace } from "../../../src/http/face.ts";
import type { Hub, LifeStep, Mechanism } from "../../../src/hub.ts";
import { type HubOptions, type RunningHub, startHub } from "../../../src/main.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import { type HubAccount, type HubState, readAccount, readClaim, readState } from "./state.ts";

/** The first line on standard input: what hub this is to be. */
export type Start = { config: Config; without: Mechanism[]; takesHooks: boolean };
/** Further lines. */
export type Request =
  | { id: number; ask: "state"; since: string; sources: string[] }
  | { id: number; ask: "account" }
  | { id: number; ask: "claims"; canonicalId: string }
  | { dieAt: LifeStep };
export type Answer = HubState | HubAccount | boolean;
/** Lines on standard output. */
export type Line =
  | { ready: true; url?: string }
  | { id: number; answer: Answer }
  | { id: number; failure: string }
  | { diesAt: LifeStep };

/** So long after the request has been handed to the adapter it is on the wire, and its answer is not yet back. */
const ON_THE_WIRE_MS = 25;
const AGAIN_AFTER_MS = 300;

/**
 * A hub as a process of its own. Loads the program, waits for its first line, starts, and says when it is ready; answers
 * questions about itself, and kills itself in the step that it is told. It does not outlive who gave the orders.
 */
let running: RunningHub | undefined;
let deathStep: LifeStep | undefined;

function say(line: Line): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

/** Longer than a pipe takes at once, perhaps. */
function sayAtLength(line: Line): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function reached(step: LifeStep): void {
  if (step !== deathStep) return;
  deathStep = undefined;
  if (step === "sent") setTimeout(() => die(step), ON_THE_WIRE_MS);
  else die(step);
}

function die(step: LifeStep): void {
  say({ diesAt: step });
  process.kill(process.pid, "SIGKILL");
}

async function answer(request: Exclude<Request, { dieAt: LifeStep }>): Promise<void> {
  const { id } = request;
  try {
    if (!running) throw new Error("the hub is starting");
    sayAtLength({ id, answer: await look(running.hub, request) });
  } catch (error) {
    say({ id, failure: String(error) });
  }
}

function look({ db, workerId }: Hub, request: Exclude<Request, { dieAt: LifeStep }>): Promise<Answer> {
  switch (request.ask) {
    case "state":
      return readState(db, request.since, request.sources);
    case "account":
      return readAccount(db);
    case "claims":
      return readClaim(db, workerId, request.canonicalId);
  }
}

async function begin({ config, without, takesHooks }: Start): Promise<void> {
  const log = createLog();
  const http = takesHooks ? await openHttpFace({ host: "127.0.0.1", port: 0, log }) : undefined;
  running = await startPatiently({
    config,
    log,
    reached,
    ...(http && { http }),
    ...(without.length > 0 && { without: new Set(without) }),
  });
  flushCompileCache();
  say({ ready: true, ...(http && { url: http.url }) });
}

/** A hub ends when a service is away at its start, and is started again; loading the program anew would take ten times as long. */
async function startPatiently(options: HubOptions): Promise<RunningHub> {
  for (;;) {
    try {
      return await startHub(options);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "NAVE_HUB_UNAVAILABLE") throw error;
      process.stderr.write(`${String(error)}\n`);
      await sleep(AGAIN_AFTER_MS);
    }
  }
}

const input = createInterface({ input: process.stdin });
input.once("close", () => process.exit(1));
let hasBegun = false;
input.on("line", (line) => {
  if (hasBegun) {
    const request = JSON.parse(line) as Request;
    if ("dieAt" in request) deathStep = request.dieAt;
    else void answer(request);
    return;
  }
  hasBegun = true;
  begin(JSON.parse(line) as Start).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
});
