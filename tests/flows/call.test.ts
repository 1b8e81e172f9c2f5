import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type FlowRuntime, startFlows } from "../../src/flows/runtime.ts";
import { drawBetween, functionNode, recordingLog, writeFlows } from "./draw.ts";
import { MemoryHub } from "./memory-hub.ts";

const hub = new MemoryHub();
const log = recordingLog();
let flows: FlowRuntime;

const reserve = {
  type: "call",
  system: "erp",
  operation: "reserveStock",
  args: '{ "productId": payload.name, "quantity": "1" }',
  key: "",
  once: "",
  deadline: "90",
  onFailure: "skip",
  to: "reply",
};
/** Puts the reply into the record, so that the far side shows which way it came. */
const seen = (how: string) =>
  functionNode(`msg.payload = { how: "${how}", reply: msg.reply }; return msg;`, ["out"]);

beforeAll(async () => {
  const dirs = await writeFlows({
    every: drawBetween("every", {
      call: { ...reserve, wire: ["done", "refused", "late"] },
      done: seen("done"),
      refused: seen("refused"),
      late: seen("timed out"),
    }),
    unheard: drawBetween("unheard", { call: { ...reserve, wire: ["out", "", ""] } }),
    parts: drawBetween("parts", {
      each: functionNode("msg.payload = msg.payload.lines; return msg;", ["split"]),
      split: {
        type: "split",
        splt: "\\n",
        spltType: "str",
        arraySplt: 1,
        arraySpltType: "len",
        stream: false,
        addname: "",
        wire: ["call"],
      },
      call: { ...reserve, args: '{ "line": payload }', wire: ["", "", ""] },
    }),
    twice: drawBetween("twice", {
      both: functionNode('return [[{ ...msg, payload: "a" }, { ...msg, payload: "b" }]];', ["call"]),
      call: { ...reserve, args: '{ "line": payload }', wire: ["", "", ""] },
    }),
    keyed: drawBetween("keyed", {
      call: {
        ...reserve,
        key: "payload.customer",
        once: "payload.order",
        onFailure: "block",
        to: "erp.answer",
        wire: ["put", "", ""],
      },
      put: functionNode("msg.payload = msg.erp; return msg;", ["out"]),
    }),
    careless: drawBetween("careless", { call: { ...reserve, args: "payload.name", wire: ["out", "", ""] } }),
  });
  flows = await startFlows({ hub, ...dirs, log });
});
afterAll(() => flows.stop());
beforeEach(() => {
  hub.calls.length = 0;
  hub.replies.clear();
});

async function run(entity: string, body: Record<string, never> | object): Promise<string> {
  const id = hub.observed(entity, body as never);
  await flows.accept(id);
  return id;
}
const wished = (id: string) => hub.wishes.get(`erp/id-${id}`)?.body;

test("a command is given with its arguments, the record as its key, and a key of message and node", async () => {
  hub.replies.set("reserveStock", { kind: "done", result: { reserved: "1" } });
  const id = await run("every", { name: "bike" });
  expect(hub.calls).toEqual([
    {
      messageId: id,
      system: "erp",
      operation: "reserveStock",
      args: { productId: "bike", quantity: "1" },
      businessKey: `id-${id}`,
      idempotencyKey: `${id}/every.call`,
      deadlineMs: 90_000,
      onFailure: "skip",
    },
  ]);
  expect(wished(id)).toEqual({ how: "done", reply: { reserved: "1" } });
  expect(hub.fate(id)).toEqual({ settled: 1, failures: [], rejections: [] });
});

test.each([
  [{ kind: "refused", text: "none left", field: "Qty" }, "refused", { text: "none left", field: "Qty" }],
  [{ kind: "timed-out", text: "too late" }, "timed out", { text: "too late" }],
] as const)("a reply that is no success leaves by an output of its own: %o", async (reply, how, told) => {
  hub.replies.set("reserveStock", reply);
  const id = await run("every", { name: "bike" });
  expect(wished(id)).toEqual({ how, reply: told });
});

test("while there is no reply the message is neither settled nor failed, and nothing goes on", async () => {
  const id = await run("every", { name: "bike" });
  expect(hub.calls).toHaveLength(1);
  expect(hub.fate(id)).toEqual({ settled: 0, failures: [], rejections: [] });
  expect(wished(id)).toBeUndefined();
  hub.replies.set("reserveStock", { kind: "done", result: {} });
  await flows.accept(id);
  expect(hub.calls[1]).toEqual(hub.calls[0]);
  expect(hub.fate(id).settled).toBe(1);
  expect(wished(id)).toEqual({ how: "done", reply: {} });
});

test.each([
  [{ kind: "refused", text: "none left" }, "NAVE_RECORD_REFUSED"],
  [{ kind: "timed-out", text: "too late" }, "NAVE_COMMAND_TIMED_OUT"],
  [{ kind: "timed-out", text: "erp is paused", retryAfterMs: 5000 }, "NAVE_SYSTEM_UNAVAILABLE"],
] as const)("a reply that nobody wired fails the message: %o", async (reply, code) => {
  hub.replies.set("reserveStock", reply);
  const id = await run("unheard", { name: "bike" });
  expect(hub.fate(id)).toMatchObject({
    settled: 0,
    failures: [{ code, text: expect.stringContaining(reply.text) }],
  });
});

test("the parts of a split message are called for one by one, each under a key that stays the same", async () => {
  hub.replies.set("reserveStock", { kind: "done", result: {} });
  const id = await run("parts", { lines: ["x", "y"] });
  await flows.accept(id);
  const keys = hub.calls.map(({ args, idempotencyKey }) => [args["line"], idempotencyKey]);
  const each = [
    ["x", `${id}/parts.call/0`],
    ["y", `${id}/parts.call/1`],
  ];
  expect(keys).toEqual([...each, ...each]);
});

test("a message that calls for two things under one key is stopped before the second is given the reply of the first", async () => {
  hub.replies.set("reserveStock", { kind: "done", result: {} });
  const id = await run("twice", {});
  expect(hub.calls.map(({ args }) => args["line"])).toEqual(["a"]);
  expect(hub.fate(id)).toMatchObject({ settled: 0, failures: [{ code: "NAVE_CONFIG_INVALID" }] });
});

test("a flow may say by what commands stay in order, by what they are done once, and where the reply goes", async () => {
  hub.replies.set("reserveStock", { kind: "done", result: { no: "7" } });
  const id = await run("keyed", { name: "bike", customer: "C1", order: "O1" });
  expect(hub.calls).toMatchObject([{ businessKey: "C1", idempotencyKey: "O1", onFailure: "block" }]);
  expect(wished(id)).toEqual({ answer: { no: "7" } });
  const without = await run("keyed", { name: "bike", customer: "C1" });
  expect(hub.fate(without).failures).toMatchObject([
    { code: "NAVE_CONFIG_INVALID", text: expect.stringContaining("payload.order") },
  ]);
});

test("arguments that are no object fail the message, naming the node", async () => {
  const id = await run("careless", { name: "bike" });
  expect(hub.calls).toEqual([]);
  expect(hub.fate(id).failures).toMatchObject([
    { code: "NAVE_RECORD_INVALID", where: { node: "careless.call" } },
  ]);
});
