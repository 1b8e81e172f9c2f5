import { toNaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import { type MessageKind, type NewMessage, takeUnpublishedMessages } from "../store/messages.ts";

const GROUP = 500;

/** Queue on which an entity's messages wait for their flows. */
export const inboundQueue = (entity: string) => `inbound.${entity}`;

/** Queue on which messages wait that go on in a flow, of whatever entity. */
export const RESUMED_QUEUE = "resumed";

const queueOf = ({ kind, entity }: { kind: MessageKind; entity: string | null }) =>
  kind === "resumed" ? RESUMED_QUEUE : inboundQueue(entity ?? "");

/** Tickets tell the kind of their message, so that its flows are found before its row is read. */
export const messageTicketId = ({ id, kind }: { id: string; kind: MessageKind }) => `${kind}/${id}`;

export function messageOfTicket(id: string): { id: string; kind: MessageKind } {
  const slash = id.indexOf("/");
  return { kind: id.slice(0, slash) as MessageKind, id: id.slice(slash + 1) };
}

type Publishable = Pick<
  NewMessage,
  "id" | "kind" | "entity" | "system" | "localId" | "canonicalId" | "correlationId"
>;

/** Puts the ids of messages on their way. A broker that does not take them is no loss: the rows stand, the sweeper repeats. */
export async function publishMessages(hub: Hub, messages: readonly Publishable[]): Promise<void> {
  for (const [queue, group] of Map.groupBy(messages, ({ entity }) => inboundQueue(entity))) {
    const tickets = group.map((message) => ({
      id: messageTicketId(message),
      key: recordKey(message),
      correlationId: message.correlationId,
      ...hub.traces?.carried(message),
    }));
    await hub.channels.publish(queue, tickets).catch((thrown: unknown) => {
      const correlationIds = group.map(({ correlationId }) => correlationId);
      hub.log.warn(
        { queue, tickets: tickets.length, correlationIds },
        `not published, the sweeper will: ${toNaveError(thrown).message}`,
      );
    });
  }
}

/** Publishes every message that is due and that nobody has published. */
export async function publishDueMessages(hub: Hub): Promise<void> {
  for (;;) {
    const messages = await takeUnpublishedMessages(hub.db, GROUP);
    for (const [queue, group] of Map.groupBy(messages, queueOf)) {
      await hub.channels.publish(
        queue,
        group.map((message) => ({
          id: messageTicketId(message),
          key: message.key,
          correlationId: message.correlationId,
          ...hub.traces?.carried(message),
        })),
      );
    }
    if (messages.length < GROUP) return;
  }
}

/** Messages of one record stay in order. */
function recordKey(message: Publishable): string {
  return message.system === null ? String(message.canonicalId) : `${message.system}/${message.localId}`;
}
