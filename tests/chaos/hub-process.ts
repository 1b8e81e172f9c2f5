import { writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { flushCompileCache } from "node:module";
import { parseArgs } from "node:util";
import type { Config } from "../../src/config/types.ts";
import type { LifeStep } from "../../src/hub.ts";
import { startHub } from "../../src/main.ts";
import { createLog } from "../../src/telemetry/log.ts";

/** So long after the request has been handed to the adapter it is on the wire, and its answer is not yet back. */
const ON_THE_WIRE_MS = 25;

/**
 * A hub as a process of its own: `hub-process.ts <config.json> [--die-at <step> --hit <n>]`. Says `ready` on standard
 * output, and, when it has been told where to die, `dies at <step>` just before it kills itself.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { "die-at": { type: "string" }, hit: { type: "string", default: "1" } },
});
const dieAt = values["die-at"];
let hitsLeft = Number(values.hit);

function reached(step: LifeStep): void {
  if (step !== dieAt) return;
  hitsLeft -= 1;
  if (hitsLeft !== 0) return;
  if (step === "sent") setTimeout(() => die(step), ON_THE_WIRE_MS);
  else die(step);
}

function die(step: LifeStep): void {
  writeSync(1, `dies at ${step}\n`);
  process.kill(process.pid, "SIGKILL");
}

const config = JSON.parse(await readFile(positionals[0] ?? "", "utf8")) as Config;
const running = await startHub({ config, log: createLog(), reached });
process.once("SIGTERM", () => void running.stop().then(() => process.exit(0)));
flushCompileCache();
writeSync(1, "ready\n");
