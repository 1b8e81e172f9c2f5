import { toNaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import type { MessageKind, NewMessage } from "../store/messages.ts";

/** Queue on which an entity's messages wait for their flows. */
export const inboundQueue = (entity: string) => `inbound.${entity}`;

/** Tickets tell the kind of their message, so that its flows are found before its row is read. */
export const messageTicketId = ({ id, kind }: { id: string; kind: MessageKind }) => `${kind}/${id}`;

export function messageOfTicket(id: string): { id: string; kind: MessageKind } {
  const slash = id.indexOf("/");
  return { kind: id.slice(0, slash) as MessageKind, id: id.slice(slash + 1) };
}

type Publishable = Pick<NewMessage, "id" | "kind" | "entity" | "system" | "localId" | "canonicalId">;

/** Puts the ids of messages on their way. A broker that does not take them is no loss: the rows stand, the sweeper repeats. */
export async function publishMessages(hub: Hub, messages: readonly Publishable[]): Promise<void> {
  for (const [queue, group] of Map.groupBy(messages, ({ entity }) => inboundQueue(entity))) {
    const tickets = group.map((message) => ({ id: messageTicketId(message), key: recordKey(message) }));
    await hub.channels.publish(queue, tickets).catch((thrown: unknown) => {
      hub.log.warn(
        { queue, tickets: tickets.length },
        `not published, the sweeper will: ${toNaveError(thrown).message}`,
      );
    });
  }
}

/** Messages of one record stay in order. */
function recordKey(message: Publishable): string {
  return message.system === null ? String(message.canonicalId) : `${message.system}/${message.localId}`;
}
