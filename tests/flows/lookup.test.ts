import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type FlowRuntime, startFlows } from "../../src/flows/runtime.ts";
import { drawBetween, functionNode, recordingLog, writeFlows } from "./draw.ts";
import { MemoryHub } from "./memory-hub.ts";

const hub = new MemoryHub();
let flows: FlowRuntime;

const base = {
  type: "lookup",
  entity: "customer",
  system: "",
  kind: "",
  by: "canonical-id",
  value: "payload.id",
  to: "found",
};
const drawn = (flow: string, settings: object) =>
  drawBetween(flow, {
    lookup: { ...base, ...settings, wire: ["got", "none"] },
    got: functionNode("msg.payload = { got: msg.found ?? msg.customer }; return msg;", ["out"]),
    none: functionNode("msg.payload = { none: true }; return msg;", ["out"]),
  });

beforeAll(async () => {
  const dirs = await writeFlows({
    record: drawn("record", { what: "record" }),
    key: drawn("key", {
      what: "record-by-key",
      kind: "email",
      value: "payload.email",
      to: "customer.record",
    }),
    local: drawn("local", { what: "local-id", system: "erp" }),
    canonical: drawn("canonical", { what: "canonical-id", system: "crm" }),
    live: drawn("live", { what: "live", system: "crm" }),
    own: drawn("own", { what: "live", system: "crm", by: "local-id", value: "nave.localId" }),
  });
  flows = await startFlows({ hub, ...dirs, log: recordingLog() });
});
afterAll(() => flows.stop());
beforeEach(() => {
  hub.lookups.length = 0;
  hub.found.clear();
  hub.away.clear();
});

async function run(entity: string, body: object): Promise<string> {
  const id = hub.observed(entity, body as never);
  await flows.accept(id);
  return id;
}
const wished = (id: string) => hub.wishes.get(`erp/id-${id}`)?.body;

const RECORD = { canonicalId: "c1", version: 3, archived: false, body: { name: "Ada" } };

test.each([
  ["record", { id: "c1" }, { what: "record", entity: "customer", canonicalId: "c1" }, RECORD],
  ["local", { id: "c1" }, { what: "local-id", entity: "customer", system: "erp", canonicalId: "c1" }, "D1"],
  [
    "canonical",
    { id: "D1" },
    { what: "canonical-id", entity: "customer", system: "crm", localId: "D1" },
    "c1",
  ],
  [
    "live",
    { id: "c1" },
    { what: "live", entity: "customer", system: "crm", canonicalId: "c1" },
    { localId: "D1", body: {} },
  ],
  ["own", {}, { what: "live", entity: "customer", system: "crm", localId: "1" }, { localId: "1", body: {} }],
] as const)(
  "%s: what is found goes on by the first output, in the property chosen",
  async (flow, body, asked, found) => {
    hub.found.set(asked.what, found);
    const id = await run(flow, body);
    expect(hub.lookups).toEqual([asked]);
    expect(wished(id)).toEqual({ got: found });
    expect(hub.fate(id).settled).toBe(1);
  },
);

test("a property may be made on the way", async () => {
  hub.found.set("record-by-key", RECORD);
  const id = await run("key", { email: "ada@example.org" });
  expect(hub.lookups).toEqual([
    { what: "record-by-key", entity: "customer", value: "ada@example.org", kind: "email" },
  ]);
  expect(wished(id)).toEqual({ got: { record: RECORD } });
});

test("what is not found goes on by the second output; so does a message that does not say what to look up", async () => {
  expect(wished(await run("record", { id: "nobody" }))).toEqual({ none: true });
  expect(wished(await run("record", {}))).toEqual({ none: true });
  expect(hub.lookups).toHaveLength(1);
});

test("a system that is away fails the message, to come again", async () => {
  hub.away.add("live");
  const id = await run("live", { id: "c1" });
  expect(hub.fate(id)).toMatchObject({ settled: 0, failures: [{ code: "NAVE_SYSTEM_UNAVAILABLE" }] });
});
