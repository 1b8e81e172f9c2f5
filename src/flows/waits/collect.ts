import { randomUUID } from "node:crypto";
import type { Json } from "../../adapter-kit/contract.ts";
import type { Hub } from "../../hub.ts";
import type { Sql } from "../../store/database.ts";
import { type Hop, insertHops } from "../../store/hops.ts";
import {
  type Arrived,
  forgetBodies,
  insertArrival,
  openWait,
  readClock,
  selectArrived,
  updateWait,
  type Wait,
} from "../../store/waits.ts";
import type { CollectRequest } from "../hub-port.ts";
import { bytesOf } from "../kept-message.ts";
import { onFirstArrival } from "./arrive.ts";
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

/** Adds an item to the window that is open under its key, or opens one; sends the window on when that completes it. */
export async function collect(hub: Hub, request: CollectRequest): Promise<void> {
  const { messageId, part, place, where, key, item, rules } = request;
  await onFirstArrival(hub, request, async (sql, message) => {
    const wait = await openWait(sql, {
      id: randomUUID(),
      kind: "collect",
      ...place,
      key,
      data: { where, window: null, dueBy: null },
      causeId: messageId,
      correlationId: message.correlationId,
    });
    await insertArrival(sql, { node: place.node, messageId, part }, wait.id, item);
    const before = (wait.data["window"] ?? undefined) as Window | undefined;
    const window = growWindow(before, bytesOf(item), await readClock(sql));
    const due = dueOfWindow(window, rules);
    const data: CollectData = { where, window, dueBy: due?.endedBy ?? null };
    await updateWait(sql, wait.id, due?.at, data);
    const until = due === undefined ? "" : `, at the latest until ${due.at.toISOString()}`;
    const text = `waits for others at ${where} under key ${key}, as number ${window.count}${until}`;
    await insertHops(sql, [waitingHop(message, text)]);
    const endedBy = endOfWindow(window, rules, await holds(sql, wait, window, rules));
    if (endedBy !== undefined) await complete(sql, { ...wait, data }, endedBy);
  });
}

/** The window has fallen due. */
export async function endCollect(sql: Sql, wait: Wait): Promise<void> {
  const { dueBy } = wait.data as CollectData;
  await complete(sql, wait, dueBy ?? "window");
}

async function holds(sql: Sql, wait: Wait, window: Window, rules: CollectRules): Promise<boolean> {
  if (rules.expression === undefined) return false;
  const items = (await selectArrived(sql, wait.id)).map(({ body }) => body);
  const { count, bytes } = window;
  return (await compileExpression(rules.expression, "expression").evaluate({ items, count, bytes })) === true;
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
