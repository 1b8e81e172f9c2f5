import { afterAll, beforeAll, expect, test } from "vitest";
import { type FlowRuntime, startFlows } from "../../src/flows/runtime.ts";
import { drawFlow, recordingLog, writeFlows } from "./draw.ts";
import { MemoryHub } from "./memory-hub.ts";

const hub = new MemoryHub();
const log = recordingLog();
let flows: FlowRuntime;

beforeAll(async () => {
  const dirs = await writeFlows({
    customer: drawFlow("customer", {
      in: { type: "record in", entity: "customer", kind: "observed", system: "", wire: ["merge"] },
      merge: { type: "merge", echoes: "end", wire: ["route"] },
      route: { type: "route", by: "targets", property: "", expression: "", rows: [], wire: ["out"] },
      out: { type: "record out", to: "target", system: "" },
    }),
  });
  flows = await startFlows({ hub, ...dirs, log });
});
afterAll(() => flows.stop());

test("an observed record becomes one wish per target and is settled once, after the last wish", async () => {
  const id = hub.observed("customer", { name: "Ada" });
  expect(flows.takes("customer", "observed")).toBe(true);
  await flows.accept(id);
  expect(hub.events.filter((event) => event.includes(id))).toEqual([
    `wish ${id} crm`,
    `wish ${id} erp`,
    `wish ${id} shop`,
    `settle ${id}`,
  ]);
  expect(hub.wishes.get(`erp/id-${id}`)).toMatchObject({ version: 1, action: "hold", body: { name: "Ada" } });
});

test("an echo ends at merge, and is settled", async () => {
  const id = hub.observed("customer", { name: "Echo" });
  hub.outcomes.set(id, { echo: true, changed: [] });
  await flows.accept(id);
  expect(hub.events.filter((event) => event.includes(id))).toEqual([`settle ${id}`]);
});

test("a message whose wish cannot be stored fails, naming flow and node", async () => {
  const id = hub.observed("customer", { name: "Bad" });
  hub.refuse.add("Bad");
  await flows.accept(id);
  expect(hub.fate(id).settled).toBe(0);
  expect(hub.fate(id).failures).toEqual([
    {
      code: "NAVE_HUB_UNAVAILABLE",
      text: "no connection for Bad",
      where: { flow: "customer", node: "customer.out", nodeName: "out" },
    },
  ]);
});

test("a message that no live flow takes is neither settled nor failed", async () => {
  const id = hub.observed("supplier", { name: "Nobody" });
  expect(flows.takes("supplier", "observed")).toBe(false);
  await expect(flows.accept(id)).rejects.toMatchObject({ code: "NAVE_FLOW_AWAY" });
  expect(hub.fate(id)).toEqual({ settled: 0, failures: [], rejections: [] });
});
