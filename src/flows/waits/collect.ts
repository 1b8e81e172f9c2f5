import { randomUUID } from "node:crypto";
import type { Json } from "../../adapter-kit/contract.ts";
import type { Sql } from "../../store/database.ts";
import { type Hop, insertHops } from "../../store/hops.ts";
import {
  type Arrived,
  forgetBodies,
  insertArrivals,
  openWait,
  selectArrived,
  updateWait,
  type Wait,
} from "../../store/waits.ts";
import type { CollectRequest } from "../hub-port.ts";
import { bytesOf } from "../kept-message.ts";
import { type Arriving, arrivalOf, firstArrivals } from "./arrive.ts";
import {
  type CollectRules,
  dueOfWindow,
  type EndedBy,
  endOfWindow,
  growWindow,
  type Window,
} from "./collect-rules.ts";
import { compileExpression } from "./expression.ts";
import { endAndGoOn } from "./go-on.ts";
import { waitingHop } from "./waiting-hop.ts";

const COMPLETE = 0;
const INCOMPLETE = 1;

/** What a wait of this kind keeps besides its items. `dueBy`: what it is complete by when it falls due. */
type CollectData = { where: string; window: Window; dueBy: EndedBy | null };

/** Adds items to what is collected under their key at their node, and sends on what is complete. */
export async function collect(sql: Sql, requests: readonly CollectRequest[]): Promise<void> {
  let arriving = await firstArrivals(sql, requests);
  while (arriving[0] !== undefined) arriving = await fillWindow(sql, arriving[0], arriving);
}

/** Fills the window that is open, or a new one. @returns those that have come after it was complete. */
async function fillWindow(
  sql: Sql,
  { request: { place, where, key, rules }, message }: Arriving<CollectRequest>,
  arriving: readonly Arriving<CollectRequest>[],
): Promise<Arriving<CollectRequest>[]> {
  const { wait, now } = await openWait(sql, {
    id: randomUUID(),
    kind: "collect",
    ...place,
    key,
    data: { where, window: null, dueBy: null },
    causeId: message.id,
    correlationId: message.correlationId,
  });
  const before = wait.data["window"] as Window | null;
  const { taken, window, endedBy } = await grow(sql, wait, rules, arriving, now);
  const due = dueOfWindow(window, rules);
  const data: CollectData = { where, window, dueBy: due?.endedBy ?? null };
  await insertArrivals(
    sql,
    taken.map(({ request }) => ({ ...arrivalOf(request), waitId: wait.id, body: request.item })),
  );
  const until = due === undefined ? "" : `, at the latest until ${due.at.toISOString()}`;
  const text = (index: number) =>
    `waits for others at ${where} under key ${key}, as number ${(before?.count ?? 0) + index + 1}${until}`;
  await insertHops(
    sql,
    taken.map(({ message }, index) => waitingHop(message, text(index))),
  );
  if (endedBy === undefined) await updateWait(sql, { id: wait.id, dueAt: due?.at, data });
  else await complete(sql, { ...wait, data }, endedBy);
  return arriving.slice(taken.length);
}

type Grown = { taken: Arriving<CollectRequest>[]; window: Window; endedBy: EndedBy | undefined };

/** One item after the other, until the window is complete. */
async function grow(
  sql: Sql,
  wait: Wait,
  rules: CollectRules,
  arriving: readonly Arriving<CollectRequest>[],
  now: Date,
): Promise<Grown> {
  const items: Json[] =
    rules.expression === undefined ? [] : (await selectArrived(sql, wait.id)).map(({ body }) => body);
  const taken: Arriving<CollectRequest>[] = [];
  let window = wait.data["window"] as Window | null;
  let endedBy: EndedBy | undefined;
  for (const one of arriving) {
    const { item } = one.request;
    taken.push(one);
    items.push(item);
    window = growWindow(window, bytesOf(item), now);
    endedBy = endOfWindow(window, rules, await holds(rules, items, window));
    if (endedBy !== undefined) break;
  }
  return { taken, window: window as Window, endedBy };
}

async function holds(
  rules: CollectRules,
  items: readonly Json[],
  { count, bytes }: Window,
): Promise<boolean> {
  if (rules.expression === undefined) return false;
  const expression = compileExpression(rules.expression, "expression");
  return (await expression.evaluate({ items, count, bytes })) === true;
}

/** The window has fallen due. */
export async function endCollect(sql: Sql, wait: Wait): Promise<void> {
  const { dueBy } = wait.data as CollectData;
  await complete(sql, wait, dueBy ?? "window");
}

async function complete(sql: Sql, wait: Wait, endedBy: EndedBy): Promise<void> {
  const { window, where } = wait.data as CollectData;
  const arrived = await selectArrived(sql, wait.id);
  const { count, bytes } = window;
  const entity = shared(arrived, ({ entity }) => entity);
  const canonicalId = entity && shared(arrived, ({ canonicalId }) => canonicalId);
  const waited = {
    kind: wait.kind,
    where,
    key: wait.key,
    since: wait.createdAt.toISOString(),
    count,
    bytes,
    endedBy,
  };
  const nave = { ...(entity && { entity }), ...(canonicalId && { canonicalId }), waited };
  const ended = await endAndGoOn(sql, wait, {
    output: endedBy === "maximum" ? INCOMPLETE : COMPLETE,
    message: { payload: arrived.map(({ body }): Json => body), nave },
    entity,
    canonicalId,
    ...(shared(arrived, ({ correlationId }) => correlationId) === null ? { ownStory: true } : {}),
    because: `${count} collected under key ${wait.key}, ${IN_WORDS[endedBy]}`,
  });
  if (ended === undefined) return;
  await forgetBodies(sql, wait.id);
  await insertHops(sql, leadingTo(ended, arrived, where));
}

const IN_WORDS: Record<EndedBy, string> = {
  count: "as many as were wanted",
  bytes: "as much as was wanted",
  expression: "complete by its expression",
  maximum: "incomplete, though no more may be collected",
  window: "its time is over",
  schedule: "its schedule is due",
};

/** Tells the story of each item, where it is another, where it leads. */
function leadingTo(
  { messageId, correlationId }: { messageId: string; correlationId: string },
  arrived: readonly Arrived[],
  where: string,
): Hop[] {
  const others = arrived.filter((one) => one.correlationId !== correlationId && one.canonicalId !== null);
  return others.map(({ entity, canonicalId }) => ({
    correlationId,
    messageId,
    entity,
    canonicalId,
    system: null,
    localId: null,
    step: "collected",
    text: `goes on at ${where} among ${arrived.length}, as message ${messageId}`,
  }));
}

function shared(arrived: readonly Arrived[], property: (one: Arrived) => string | null): string | null {
  const values = new Set(arrived.map(property));
  return values.size === 1 ? ([...values][0] ?? null) : null;
}
