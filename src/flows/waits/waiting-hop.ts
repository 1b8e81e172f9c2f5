import type { Hop } from "../../store/hops.ts";
import type { AnyMessage } from "../../store/messages.ts";

/** That a message has been handed over, in its own story. */
export function waitingHop(message: AnyMessage, text: string): Hop {
  const { id: messageId, correlationId, entity, canonicalId, system, localId } = message;
  return { messageId, correlationId, entity, canonicalId, system, localId, step: "waiting", text };
}
