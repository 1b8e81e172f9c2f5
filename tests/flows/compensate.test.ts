import { afterAll, beforeAll, expect, test } from "vitest";
import type { CompensateRequest } from "../../src/flows/hub-port.ts";
import { type FlowRuntime, startFlows } from "../../src/flows/runtime.ts";
import { drawBetween, functionNode, recordingLog, writeFlows } from "./draw.ts";
import { MemoryHub } from "./memory-hub.ts";

const hub = new MemoryHub();
hub.systems = ["erp"];
let flows: FlowRuntime;

const node = (mode: string, wire: string[]) => ({
  type: "compensate",
  mode,
  process: "order",
  key: "payload.number",
  wire,
});
const reject = (reason: string) => ({ type: "reject", reason, owner: "sales" });

beforeAll(async () => {
  const dirs = await writeFlows({
    order: drawBetween("order", {
      step: node("step", ["pay", "release"]),
      pay: functionNode("if (msg.payload.number === '2') throw new Error('no money'); return msg;", ["done"]),
      done: node("done", ["out"]),
      release: reject("released {{payload.number}}"),
      failed: { type: "catch", scope: ["order.pay"], uncaught: false, wire: ["all"] },
      all: node("all", ["undone"]),
      undone: reject("order {{payload.number}} is undone"),
    }),
    loose: drawBetween("loose", { step: node("step", ["out"]) }),
  });
  flows = await startFlows({ hub, ...dirs, log: recordingLog(), timeoutMs: 3000 });
});
afterAll(() => flows.stop());

async function send(body: Record<string, string>): Promise<string> {
  const id = hub.observed("order", body);
  await flows.accept(id);
  return id;
}
const asked = (messageId: string): CompensateRequest[] =>
  [...hub.waits.values()].flatMap((one) =>
    one.kind === "compensate" && one.messageId === messageId ? [one] : [],
  );

test("what has come to its end has noted its step, said that it is done, and gone on", async () => {
  const id = await send({ number: "1" });
  expect(asked(id)).toMatchObject([
    { mode: "step", key: "order/1", message: { payload: { number: "1" }, nave: { messageId: id } } },
    { mode: "done", key: "order/1", message: {} },
  ]);
  expect(hub.wishes.get(`erp/id-${id}`)).toBeDefined();
  expect(hub.fate(id)).toEqual({ settled: 1, failures: [], rejections: [] });
});

test("what has failed asks for its undoing, and is settled by that", async () => {
  const id = await send({ number: "2" });
  expect(hub.fate(id)).toEqual({ settled: 1, failures: [], rejections: [] });
  expect(asked(id).map(({ mode }) => mode)).toEqual(["step", "all"]);
  expect(hub.fate(id)).toEqual({ settled: 1, failures: [], rejections: [] });
});

test.each([
  ["step", 1, "released 2"],
  ["all", 0, "order 2 is undone"],
])("what goes on from undo %s leaves output %i", async (mode, output, reason) => {
  const request = asked(await send({ number: "2" })).find((one) => one.mode === mode);
  if (!request) throw new Error("not asked");
  const id = hub.goesOn(request, output, request.message);
  await flows.resume(id);
  expect(hub.fate(id).rejections).toEqual([{ text: reason, owner: "sales" }]);
});

test("without a key the message fails and says so", async () => {
  expect(hub.fate(await send({ name: "x" }))).toMatchObject({
    settled: 0,
    failures: [{ text: "the expression payload.number finds no key in the message" }],
  });
});

test("a step whose undo leads nowhere is refused", () => {
  const loose = flows.versions().find(({ name }) => name === "loose");
  expect(loose?.problems.join()).toContain("sends what is to be undone nowhere; wire its second output");
});
