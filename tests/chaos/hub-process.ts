import { once } from "node:events";
import { writeSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { createInterface } from "node:readline";
import type { Config } from "../../src/config/types.ts";
import type { LifeStep } from "../../src/hub.ts";
import { startHub } from "../../src/main.ts";
import type { Role } from "../../src/roles.ts";
import { createLog } from "../../src/telemetry/log.ts";

/** So long after the request has been handed to the adapter it is on the wire, and its answer is not yet back. */
const ON_THE_WIRE_MS = 25;

/** What a hub in a process of its own is to do: one line of JSON on its standard input. */
export type Orders<End = Death> = { config: Config; death?: End; roles?: readonly Role[] };

/** It kills itself when it reaches this step for the so manieth time. */
export type Death = { step: LifeStep; hit: number };

/**
 * A hub as a process of its own. Loads the program, waits for its orders, and starts. Says `ready` on standard output, and,
 * when it has been told where to die, `dies at <step>` just before it kills itself. It does not outlive who gave the orders.
 */
const input = createInterface({ input: process.stdin });
input.once("close", () => process.exit(1));
const [line] = (await once(input, "line")) as [string];
const { config, death, roles } = JSON.parse(line) as Orders;
let hitsLeft = death?.hit ?? 0;

function reached(step: LifeStep): void {
  if (step !== death?.step) return;
  hitsLeft -= 1;
  if (hitsLeft !== 0) return;
  if (step === "sent") setTimeout(() => die(step), ON_THE_WIRE_MS);
  else die(step);
}

function die(step: LifeStep): void {
  writeSync(1, `dies at ${step}\n`);
  process.kill(process.pid, "SIGKILL");
}

await startHub({ config, log: createLog(), reached, ...(roles && { roles }) });
flushCompileCache();
writeSync(1, "ready\n");
