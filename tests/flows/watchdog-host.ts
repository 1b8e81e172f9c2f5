import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { startFlows } from "../../src/flows/runtime.ts";
import { startWatchdog } from "../../src/watchdog/watchdog.ts";
import { drawBetween, functionNode, recordingLog, writeFlows } from "./draw.ts";
import { MemoryHub } from "./memory-hub.ts";

/**
 * Flows under a watchdog, in a process that may die. Each line on standard input is the name of a flow to send a message
 * through; says `ready`, `sent <message>` and `settled`. Arguments: how long the event loop may stand still, and the file for
 * the death note; a node lets go as soon as the file LETS_GO_AT is there.
 */
const [standStillMs, noteFile] = process.argv.slice(2) as [string, string];
const hub = new MemoryHub();
const log = recordingLog();
const flows = await startFlows({
  hub,
  log,
  ...(await writeFlows({
    "for ever": drawBetween("for ever", {
      loops: {
        ...functionNode("await new Promise((resolve) => setTimeout(resolve, 5)); while (true);", ["out"]),
        name: "loops",
      },
    }),
    "a while": drawBetween("a while", { loops: { type: "does not let go", wire: ["out"] } }),
    "the end": drawBetween("the end", { ends: { type: "ends the process", wire: ["out"] } }),
    "at once": drawBetween("at once", { passes: functionNode("return msg;", ["out"]) }),
  })),
});
await startWatchdog({ standStillMs: Number(standStillMs), noteFile, atWork: () => flows.atWork(), log });
writeSync(1, "ready\n");
for await (const flow of createInterface({ input: process.stdin })) {
  const id = hub.observed(flow, { name: "Ada" });
  writeSync(1, `sent ${id}\n`);
  await flows.accept(id);
  if (hub.fate(id).settled === 1) writeSync(1, "settled\n");
}
process.exit(0);
