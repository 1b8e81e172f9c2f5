/**
 * The trace of a message is named by its correlation id, and the span with which it begins by the id's first half. So every
 * row tells its trace, in every process, and nothing about traces has to be kept with it.
 */
export function idsOf(correlationId: string): MessageIds {
  const traceId = correlationId.replaceAll("-", "");
  return { traceId, spanId: traceId.slice(0, 16) };
}

export type MessageIds = { traceId: string; spanId: string };
