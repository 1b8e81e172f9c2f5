import type { Message } from "amqplib";
import { expect, test } from "vitest";
import { decodeTicket, encodeTicket } from "../../../src/channels/amqp-ticket.ts";
import { formatTraceparent, parseTraceparent } from "../../../src/trace-context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

test.each([
  ["of version 00", `00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-01`],
  ["not sampled", `00-${TRACE}-${SPAN}-00`, `00-${TRACE}-${SPAN}-00`],
  ["with flags of a later level", `00-${TRACE}-${SPAN}-03`, `00-${TRACE}-${SPAN}-01`],
  ["of a later version, which may say more", `cc-${TRACE}-${SPAN}-01-what-comes`, `00-${TRACE}-${SPAN}-01`],
])("a traceparent %s is continued", (_, text, told) => {
  const context = parseTraceparent(text);
  expect(context && formatTraceparent(context)).toBe(told);
});

test.each([
  ["absent", undefined],
  ["given twice", `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
  ["no text", ["00"]],
  ["empty", ""],
  ["of version ff", `ff-${TRACE}-${SPAN}-01`],
  ["of version 00 and longer", `00-${TRACE}-${SPAN}-01-more`],
  ["in capitals", `00-${TRACE.toUpperCase()}-${SPAN}-01`],
  ["without a trace", `00-${"0".repeat(32)}-${SPAN}-01`],
  ["without a span", `00-${TRACE}-${"0".repeat(16)}-01`],
  ["too short", `00-${TRACE.slice(1)}-${SPAN}-01`],
  ["followed by a line", `00-${TRACE}-${SPAN}-01\n`],
  ["as long as a header can be", `cc-${TRACE}-${SPAN}-01-${"x".repeat(16_000)}`],
])("a traceparent that is %s is ignored", (_, text) => {
  expect(parseTraceparent(text)).toBeUndefined();
});

const onTheWire = (content: string, properties: object) =>
  ({ content: Buffer.from(content), properties: { headers: {}, ...properties } }) as unknown as Message;

test("a ticket brings trace and correlation id over the broker", () => {
  const ticket = {
    id: "observed/1",
    key: "crm/1",
    correlationId: "7c63b90a-49bd-42b3-84d5-d99356413f01",
    traceparent: `00-${TRACE}-${SPAN}-01`,
  };
  const { content, ...properties } = encodeTicket(ticket);
  expect(decodeTicket(onTheWire(String(content), properties))).toEqual(ticket);
});

test("what somebody else wrote into the headers of a ticket is not believed", () => {
  const properties = { correlationId: "x'; drop", headers: { traceparent: `00-${TRACE}-zz-01` } };
  expect(decodeTicket(onTheWire('{"id":"a","key":"b"}', properties))).toEqual({ id: "a", key: "b" });
});
