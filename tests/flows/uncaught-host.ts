import { setTimeout as sleep } from "node:timers/promises";
import { startFlows } from "../../src/flows/runtime.ts";
import { drawBetween, recordingLog, writeFlows } from "./draw.ts";
import { MemoryHub } from "./memory-hub.ts";

/**
 * A hub process of its own, because the test runner catches what nobody else does. Prints the fates of three messages: two
 * whose nodes throw outside their handlers, and one that follows them. With `own`, the process then throws by itself.
 */
const hub = new MemoryHub();
const flows = await startFlows({
  hub,
  log: recordingLog(),
  timeoutMs: 20_000,
  ...(await writeFlows({
    timer: drawBetween("timer", { bad: { type: "throws later", wire: ["out"] } }),
    promise: drawBetween("promise", { bad: { type: "rejects later", wire: ["out"] } }),
    well: drawBetween("well", { good: { type: "done first", wire: ["out"] } }),
  })),
});
for (const entity of ["timer", "promise", "well"]) {
  const id = hub.observed(entity, { name: "Ada" });
  await flows.accept(id);
  console.log(JSON.stringify({ entity, ...hub.fate(id) }));
}
if (process.argv[2] === "own") {
  setTimeout(() => {
    throw new Error("a fault of the hub itself");
  }, 1);
  await sleep(5000);
}
await flows.stop();
