import { NaveError } from "../../errors.ts";
import type { Sql } from "../../store/database.ts";
import { type AnyMessage, lockMessages } from "../../store/messages.ts";
import { type Arrival, haveArrived } from "../../store/waits.ts";
import type { ArrivalAtNode } from "../hub-port.ts";

type AtNode = Pick<ArrivalAtNode, "messageId" | "part" | "place">;
export type Arriving<Request> = { request: Request; message: AnyMessage };

/**
 * Those that have not been at their node before, with the messages that they are copies of. The lock on a message keeps another
 * attempt of it out until the transaction ends.
 */
export async function firstArrivals<Request extends AtNode>(
  sql: Sql,
  requests: readonly Request[],
): Promise<Arriving<Request>[]> {
  const once = [...new Map(requests.map((request) => [nameOf(request), request])).values()];
  const messages = await lockMessages(
    sql,
    once.map(({ messageId }) => messageId),
  );
  const known = await haveArrived(sql, once.map(arrivalOf));
  return once.flatMap((request, index) => {
    const message = messages[index];
    if (!message) throw new NaveError("NAVE_FLOW_FAILED", `message ${request.messageId} does not exist`);
    return known[index] === true ? [] : [{ request, message }];
  });
}

/** What identifies a copy of a message at a node. */
export function arrivalOf({ place, messageId, part }: AtNode): Arrival {
  return { node: place.node, messageId, part };
}

function nameOf({ messageId, part }: AtNode): string {
  return `${messageId} ${part}`;
}
