import { afterAll, beforeAll, expect, test } from "vitest";
import { type FlowRuntime, startFlows } from "../../src/flows/runtime.ts";
import { drawBetween, functionNode, recordingLog, writeFlows } from "./draw.ts";
import { MemoryHub } from "./memory-hub.ts";

const hub = new MemoryHub();
let flows: FlowRuntime;

beforeAll(async () => {
  const dirs = await writeFlows({
    good: drawBetween("good", {
      amend: {
        type: "amend",
        changes: '{ "status": payload.wanted, "left": payload.absent }',
        wire: ["out"],
      },
    }),
    bad: drawBetween("bad", { amend: { type: "amend", changes: "payload.wanted", wire: ["out"] } }),
    foreign: drawBetween("foreign", {
      lose: functionNode("msg.nave = { messageId: msg.nave.messageId }; return msg;", ["amend"]),
      amend: { type: "amend", changes: "{}", wire: ["out"] },
    }),
  });
  flows = await startFlows({ hub, ...dirs, log: recordingLog() });
});
afterAll(() => flows.stop());

async function run(entity: string): Promise<string> {
  const id = hub.observed(entity, { wanted: "escalated" });
  await flows.accept(id);
  return id;
}

test("what the expression gives is changed, and the message goes on with the record as it is then", async () => {
  const id = await run("good");
  const asked = hub.amended.find(({ messageId }) => messageId === id);
  expect(asked).toMatchObject({
    entity: "good",
    canonicalId: `id-${id}`,
    part: "",
    changes: { status: "escalated" },
  });
  expect(asked?.changes).not.toHaveProperty("left");
  expect(asked?.place).toMatchObject({ flow: "good" });
  expect(hub.wishes.get(`erp/id-${id}`)).toMatchObject({ version: 2, body: { status: "escalated" } });
});

test.each([
  ["bad", "NAVE_RECORD_INVALID", "gives no object"],
  ["foreign", "NAVE_CONFIG_INVALID", "about no record"],
])("what cannot be amended fails the message: %s", async (flow, code, text) => {
  const id = await run(flow);
  const [failure] = hub.fates.get(id)?.failures ?? [];
  expect(failure).toMatchObject({ code, text: expect.stringContaining(text) });
  expect(hub.amended.some(({ messageId }) => messageId === id)).toBe(false);
});
