import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type FlowRuntime, startFlows } from "../../src/flows/runtime.ts";
import { drawBetween, functionNode, recordingLog, writeFlows } from "./draw.ts";
import { MemoryHub } from "./memory-hub.ts";

const hub = new MemoryHub();
let flows: FlowRuntime;

const mail = {
  type: "notify",
  way: "mail",
  to: "sales@example.org, {{payload.contact}}",
  subject: "Order {{payload.number}}",
  text: "{{payload.name}} asks.\nPlease call.",
  content: "payload",
};

beforeAll(async () => {
  const dirs = await writeFlows({
    mailed: drawBetween("mailed", { tell: { ...mail, wire: ["out"] } }),
    posted: drawBetween("posted", {
      tell: { ...mail, way: "hook", to: "shop", content: "payload.order", wire: ["out"] },
    }),
    parts: drawBetween("parts", {
      both: functionNode(
        'return [[{ ...msg, payload: { name: "a" } }, { ...msg, payload: { name: "b" } }]];',
        ["tell"],
      ),
      tell: { ...mail, to: "x@example.org", wire: [""] },
    }),
  });
  flows = await startFlows({ hub, ...dirs, log: recordingLog() });
});
afterAll(() => flows.stop());
beforeEach(() => {
  hub.notified.length = 0;
});

async function run(entity: string, body: object): Promise<string> {
  const id = hub.observed(entity, body as never);
  await flows.accept(id);
  return id;
}

test("recipients, subject and text hold values of the message, under a key that stays the same, and the message goes on", async () => {
  const body = { number: "O-1", name: "Ada", contact: "ada@example.org" };
  const id = await run("mailed", body);
  const told = {
    messageId: id,
    onceKey: `${id}/mailed.tell`,
    way: "mail",
    to: ["sales@example.org", "ada@example.org"],
    subject: "Order O-1",
    body: "Ada asks.\nPlease call.",
  };
  expect(hub.notified).toEqual([told]);
  expect(hub.wishes.get(`erp/id-${id}`)?.body).toEqual(body);
  await flows.accept(id);
  expect(hub.notified).toEqual([told, told]);
});

test("a web hook gets a property of the message, or nothing where there is none", async () => {
  await run("posted", { order: { number: "O-1", lines: [1, 2] } });
  await run("posted", {});
  expect(hub.notified).toMatchObject([
    { way: "hook", to: ["shop"], body: { number: "O-1", lines: [1, 2] } },
    { way: "hook", to: ["shop"], body: null },
  ]);
});

test("a message that tells two things under one key is stopped: the second would never be sent", async () => {
  const id = await run("parts", {});
  expect(hub.notified.map(({ body }) => body)).toEqual(["a asks.\nPlease call."]);
  expect(hub.fate(id)).toMatchObject({ settled: 0, failures: [{ code: "NAVE_CONFIG_INVALID" }] });
});
