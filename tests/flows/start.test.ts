import { afterAll, expect, test } from "vitest";
import { type FlowRuntime, startFlows } from "../../src/flows/runtime.ts";
import { ledgerInMemory } from "../../src/flows/versions/flow-ledger.ts";
import { drawBetween, functionNode, recordingLog, writeFlows } from "./draw.ts";
import { MemoryHub } from "./memory-hub.ts";

let flows: FlowRuntime | undefined;
afterAll(() => flows?.stop());

test("a start that does not get at its flows fails and says why, and the next one works", async () => {
  const hub = new MemoryHub();
  hub.systems = ["erp"];
  const dirs = await writeFlows({
    a: drawBetween("a", { mark: functionNode('msg.payload.mark = "one"; return msg;', ["out"]) }),
  });
  const ledger = ledgerInMemory();
  const lost = async () => {
    throw new Error("the database has just gone");
  };
  const options = { hub, ...dirs, log: recordingLog() };
  await expect(startFlows({ ...options, ledger: { ...ledger, newest: lost } })).rejects.toThrow(
    "has just gone",
  );
  flows = await startFlows({ ...options, ledger });
  const id = hub.observed("a", { name: "a record" });
  await flows.accept(id);
  expect(hub.fate(id)).toEqual({ settled: 1, failures: [], rejections: [] });
});
