import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { keepMessage } from "../../../src/flows/kept-message.ts";

test("a message is kept with every property but the id of this copy", () => {
  const made = runInNewContext("({ list: [1, { deep: null }], absent: undefined })") as object;
  const message = {
    _msgid: "copy",
    payload: made,
    topic: "order",
    parts: { index: 2 },
    nave: { entity: "order" },
  };
  expect(keepMessage(message)).toEqual({
    payload: { list: [1, { deep: null }] },
    topic: "order",
    parts: { index: 2 },
    nave: { entity: "order" },
  });
});

test("of what was caught, the error as the catch node tells it is kept; the exception before it is not", () => {
  const error = { message: "no money", source: { id: "n1", count: 1 } };
  expect(keepMessage({ payload: 1, error, _error: new Error("no money") })).toEqual({ payload: 1, error });
});

test("what is kept does not change with the message", () => {
  const payload = { lines: [1] };
  const kept = keepMessage({ payload });
  payload.lines.push(2);
  expect(kept).toEqual({ payload: { lines: [1] } });
});

class Socket {
  readonly port = 1;
}
const circle: { own?: unknown } = {};
circle.own = circle;

test.each([
  ["an object of a class", { req: new Socket() }, "msg.req", "it is a Socket"],
  ["a buffer", { payload: { file: Buffer.from("x") } }, "msg.payload.file", "it is a Buffer"],
  ["a date", { payload: [new Date()] }, "msg.payload[0]", "it is a Date"],
  ["a function", { reply: () => undefined }, "msg.reply", "it is a function"],
  ["a number without a value", { payload: { amount: Number.NaN } }, "msg.payload.amount", "it is NaN"],
  ["what holds itself", { payload: circle }, "msg.payload.own", "it holds itself"],
  ["a NUL character", { payload: "a\0b" }, "msg.payload", "its text holds a NUL character"],
  ["a hole in a list", { payload: [1, undefined] }, "msg.payload[1]", "it is undefined"],
])("%s is refused, naming the property", (_case, message, field, why) => {
  expect(() => keepMessage(message)).toThrow(
    expect.objectContaining({
      code: "NAVE_RECORD_INVALID",
      message: expect.stringContaining(`${field} cannot be kept while the message waits: ${why}`),
      detail: expect.objectContaining({ field }),
    }),
  );
});

test("a message that is too large is refused, naming what makes it so", () => {
  const message = { payload: { text: "short" }, attachment: "x".repeat(1_000_001) };
  expect(() => keepMessage(message)).toThrow(/most of it is msg\.attachment, 1000003 bytes/);
});
