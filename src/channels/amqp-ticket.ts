import type { Message } from "amqplib";
import type { Ticket } from "./channel.ts";

const MAX_BYTES = 4_096;
/** https://www.w3.org/TR/trace-context/, "traceparent Header". */
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

export function encodeTicket(ticket: Ticket): { content: Buffer; headers: Record<string, string> } {
  return {
    content: Buffer.from(JSON.stringify({ id: ticket.id, key: ticket.key })),
    headers: ticket.traceparent === undefined ? {} : { traceparent: ticket.traceparent },
  };
}

/** Undefined for what is not a ticket of ours: anybody with access may publish to a queue. */
export function decodeTicket(message: Message): Ticket | undefined {
  if (message.content.length > MAX_BYTES) return undefined;
  const body = parse(message.content.toString("utf8"));
  if (typeof body?.id !== "string" || typeof body.key !== "string") return undefined;
  const traceparent: unknown = message.properties.headers?.["traceparent"];
  if (typeof traceparent !== "string" || !TRACEPARENT.test(traceparent))
    return { id: body.id, key: body.key };
  return { id: body.id, key: body.key, traceparent };
}

function parse(text: string): { id?: unknown; key?: unknown } | undefined {
  try {
    return (JSON.parse(text) ?? undefined) as { id?: unknown; key?: unknown } | undefined;
  } catch {
    return undefined;
  }
}
