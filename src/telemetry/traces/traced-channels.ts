import { SpanKind } from "@opentelemetry/api";
import type { Channels, Ticket } from "../../channels/channel.ts";
import { messagingAttributes, type Traces } from "./traces.ts";

/** The same channels; what is done with a ticket is a span in the trace that the ticket carries. */
export function tracedChannels(channels: Channels, traces: Traces): Channels {
  const system = channels.kind === "amqp" ? "rabbitmq" : "nave";
  const traced = (queue: string, handle: (ticket: Ticket) => Promise<void>) => (ticket: Ticket) => {
    const { id, correlationId } = ticket;
    const attributes = {
      ...messagingAttributes(queue, "process", "process"),
      "messaging.system": system,
      "messaging.message.id": id,
      ...(correlationId === undefined ? {} : { "messaging.message.conversation_id": correlationId }),
    };
    return traces.ofTicket(ticket, `process ${queue}`, { kind: SpanKind.CONSUMER, attributes }, () =>
      handle(ticket),
    );
  };
  return {
    kind: channels.kind,
    publish: (queue, tickets) => channels.publish(queue, tickets),
    consume: (queue, { prefetch, handle }) =>
      channels.consume(queue, { prefetch, handle: traced(queue, handle) }),
    depth: (queue) => channels.depth(queue),
    purge: (queue) => channels.purge(queue),
    close: () => channels.close(),
  };
}
