import { randomUUID } from "node:crypto";
import type { JsonObject } from "../../adapter-kit/contract.ts";
import { holdInGroup } from "../../store/batching.ts";
import type { Sql } from "../../store/database.ts";
import { insertHops } from "../../store/hops.ts";
import {
  closeWait,
  insertArrivals,
  lockWaitsByKey,
  openWait,
  updateWait,
  type Wait,
} from "../../store/waits.ts";
import type { ArrivalAtNode, DeadlineRequest } from "../hub-port.ts";
import { arrivalOf, firstArrivals } from "./arrive.ts";
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

/** Starts the deadline under their key at their node, unless it is running: then that stands. */
export async function startDeadline(sql: Sql, requests: readonly DeadlineRequest[]): Promise<void> {
  const arriving = await firstArrivals(sql, requests);
  const [first] = arriving;
  if (first === undefined) return;
  const { place, where, key, due, message: kept } = first.request;
  const { id: causeId, correlationId, entity, canonicalId } = first.message;
  const data: DeadlineData = { where, message: kept, entity, canonicalId };
  const id = randomUUID();
  const asked = { id, kind: "deadline" as const, ...place, key, data, causeId, correlationId };
  const { wait, now } = await openWait(sql, asked);
  await insertArrivals(
    sql,
    arriving.map(({ request }) => ({ ...arrivalOf(request), waitId: wait.id, body: null })),
  );
  if (wait.id !== id) return;
  const dueAt = "at" in due ? due.at : new Date(now.getTime() + due.afterMs);
  await updateWait(sql, { id, dueAt, data });
  const text = `waits for ${where} to be met under key ${key}, until ${dueAt.toISOString()}`;
  await insertHops(sql, [waitingHop(first.message, text)]);
}

/** Ends the deadlines that run under the key, of whatever node. */
export async function meetDeadlines(sql: Sql, request: ArrivalAtNode): Promise<void> {
  const { messageId, where, key } = request;
  const [arriving] = await firstArrivals(sql, [request]);
  if (arriving === undefined) return;
  await holdInGroup(sql, [`deadline ${key}`]);
  const waits = await lockWaitsByKey(sql, { kind: "deadline", key });
  await insertArrivals(sql, [{ ...arrivalOf(request), waitId: waits[0]?.id ?? null, body: null }]);
  for (const wait of waits) await endInTime(sql, wait, messageId, where);
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
