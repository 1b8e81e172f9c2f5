import type { Message } from "amqplib";
import { parseTraceparent } from "../trace-context.ts";
import { isUuid } from "../uuid.ts";
import type { Ticket } from "./channel.ts";

const MAX_BYTES = 4_096;

type Encoded = { content: Buffer; headers: Record<string, string>; correlationId?: string };

export function encodeTicket({ id, key, correlationId, traceparent }: Ticket): Encoded {
  return {
    content: Buffer.from(JSON.stringify({ id, key })),
    headers: traceparent === undefined ? {} : { traceparent },
    ...(correlationId === undefined ? {} : { correlationId }),
  };
}

/** Undefined for what is not a ticket of ours: anybody with access may publish to a queue. */
export function decodeTicket({ content, properties }: Message): Ticket | undefined {
  if (content.length > MAX_BYTES) return undefined;
  const body = parse(content.toString("utf8"));
  if (typeof body?.id !== "string" || typeof body.key !== "string") return undefined;
  const correlationId: unknown = properties.correlationId;
  const traceparent: unknown = properties.headers?.["traceparent"];
  return {
    id: body.id,
    key: body.key,
    ...(isUuid(correlationId) ? { correlationId } : {}),
    ...(typeof traceparent === "string" && parseTraceparent(traceparent) ? { traceparent } : {}),
  };
}

function parse(text: string): { id?: unknown; key?: unknown } | undefined {
  try {
    return (JSON.parse(text) ?? undefined) as { id?: unknown; key?: unknown } | undefined;
  } catch {
    return undefined;
  }
}
