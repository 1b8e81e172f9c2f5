import { NaveError } from "../../errors.ts";
import type { Hub } from "../../hub.ts";
import type { Sql } from "../../store/database.ts";
import { type AnyMessage, lockMessage } from "../../store/messages.ts";
import { hasArrived } from "../../store/waits.ts";
import type { ArrivalAtNode } from "../hub-port.ts";

/**
 * Does in one transaction what a copy of a message does at a node that waits, unless it has been there before: `work` puts the
 * arrival on record. The lock on the message keeps another attempt of it out meanwhile.
 */
export async function onFirstArrival(
  hub: Hub,
  { messageId, part, place }: ArrivalAtNode,
  work: (sql: Sql, message: AnyMessage) => Promise<void>,
): Promise<void> {
  await hub.db.transaction(async (sql) => {
    const message = await lockMessage(sql, messageId);
    if (!message) throw new NaveError("NAVE_FLOW_FAILED", `message ${messageId} does not exist`);
    if (await hasArrived(sql, { node: place.node, messageId, part })) return;
    await work(sql, message);
  });
  hub.reached("waiting");
}
