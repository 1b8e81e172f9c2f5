import { randomUUID } from "node:crypto";
import type { JsonObject } from "../../adapter-kit/contract.ts";
import type { Hub } from "../../hub.ts";
import type { Sql } from "../../store/database.ts";
import { insertHops } from "../../store/hops.ts";
import {
  closeWait,
  insertArrival,
  lockWaitsByKey,
  openWait,
  readClock,
  updateWait,
  type Wait,
} from "../../store/waits.ts";
import type { ArrivalAtNode, DeadlineRequest } from "../hub-port.ts";
import { onFirstArrival } from "./arrive.ts";
import { endAndGoOn } from "./go-on.ts";
import { waitingHop } from "./waiting-hop.ts";

const MISSED = 1;

type DeadlineData = {
  where: string;
  /** What goes on when it is missed, and what it is about. */
  message: JsonObject;
  entity: string | null;
  canonicalId: string | null;
};

/** Starts a deadline, unless one is running under the key at this node: that one stands. */
export async function startDeadline(hub: Hub, request: DeadlineRequest): Promise<void> {
  const { messageId, part, place, where, key, due, message: kept } = request;
  await onFirstArrival(hub, request, async (sql, message) => {
    const { entity, canonicalId, correlationId } = message;
    const data: DeadlineData = { where, message: kept, entity, canonicalId };
    const id = randomUUID();
    const wait = await openWait(sql, {
      id,
      kind: "deadline",
      ...place,
      key,
      data,
      causeId: messageId,
      correlationId,
    });
    await insertArrival(sql, { node: place.node, messageId, part }, wait.id);
    if (wait.id !== id) return;
    const at = "at" in due ? due.at : new Date((await readClock(sql)).getTime() + due.afterMs);
    await updateWait(sql, id, at, data);
    const text = `waits for ${where} to be met under key ${key}, until ${at.toISOString()}`;
    await insertHops(sql, [waitingHop(message, text)]);
  });
}

export async function meetDeadlines(hub: Hub, request: ArrivalAtNode): Promise<void> {
  const { messageId, part, place, where, key } = request;
  await onFirstArrival(hub, request, async (sql) => {
    const [first, ...others] = await lockWaitsByKey(sql, "deadline", key);
    await insertArrival(sql, { node: place.node, messageId, part }, first?.id);
    for (const wait of first ? [first, ...others] : []) await endInTime(sql, wait, messageId, where);
  });
}

async function endInTime(sql: Sql, wait: Wait, messageId: string, where: string): Promise<void> {
  await closeWait(sql, wait.id, "cancelled");
  const { entity, canonicalId, where: started } = wait.data as DeadlineData;
  const text = `${started} was met under key ${wait.key} at ${where} by message ${messageId}`;
  const { correlationId } = wait;
  await insertHops(sql, [
    { correlationId, messageId, entity, canonicalId, system: null, localId: null, step: "in-time", text },
  ]);
}

/** Nobody met it in time. */
export async function missDeadline(sql: Sql, wait: Wait): Promise<void> {
  const { where, message, entity, canonicalId } = wait.data as DeadlineData;
  const due = wait.dueAt?.toISOString() ?? "";
  const waited = { kind: wait.kind, where, key: wait.key, since: wait.createdAt.toISOString(), due };
  const nave = { ...(message["nave"] as JsonObject), waited };
  await endAndGoOn(sql, wait, {
    output: MISSED,
    message: { ...message, nave },
    entity,
    canonicalId,
    because: `not met under key ${wait.key} by ${due}`,
  });
}
