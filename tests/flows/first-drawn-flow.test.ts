import { afterAll, beforeAll, expect, test } from "vitest";
import { type FlowRuntime, startFlows } from "../../src/flows/runtime.ts";
import { COMPLETE_CUSTOMERS } from "./complete-customers.ts";
import { recordingLog, writeFlows } from "./draw.ts";
import { MemoryHub } from "./memory-hub.ts";

const hub = new MemoryHub();
let flows: FlowRuntime;

beforeAll(async () => {
  const dirs = await writeFlows({
    "complete-customers": COMPLETE_CUSTOMERS,
  });
  flows = await startFlows({ hub, ...dirs, log: recordingLog() });
});
afterAll(() => flows.stop());

test("a complete customer reaches every system", async () => {
  const id = hub.observed("customer", { name: "Ada", addresses: [{ key: "billing", country: "DE" }] });
  await flows.accept(id);
  expect(hub.fate(id)).toEqual({ settled: 1, failures: [], rejections: [] });
  expect(hub.systems.every((system) => hub.wishes.has(`${system}/id-${id}`))).toBe(true);
});

test("an incomplete one is rejected to sales, with its name in the reason, and reaches none", async () => {
  const id = hub.observed("customer", { name: "Bob", addresses: [{ key: "billing", city: "Bonn" }] });
  await flows.accept(id);
  const text = "Bob has no country in its billing address";
  expect(hub.fate(id)).toEqual({ settled: 0, failures: [], rejections: [{ text, owner: "sales" }] });
  expect(hub.systems.some((system) => hub.wishes.has(`${system}/id-${id}`))).toBe(false);
});
