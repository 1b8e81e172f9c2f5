import { callOperation, lookAtCommands } from "../commands/call-operation.ts";
import { recordWishes } from "../deliver/record-wish.ts";
import { NaveError, toNaveError } from "../errors.ts";
import { Gatherer } from "../gatherer.ts";
import type { Hub } from "../hub.ts";
import { deriveRecord } from "../merge/derive-record.ts";
import { mergeMessages } from "../merge/merge-message.ts";
import { notify } from "../notify/notify.ts";
import { makeFindable } from "../receive/make-findable.ts";
import { readTogether } from "../store/batching.ts";
import { readCanonical } from "../store/canonical-records.ts";
import type { Sql } from "../store/database.ts";
import { openDeadLetter } from "../store/dead-letters.ts";
import { repinMessages } from "../store/flow-versions.ts";
import { along, insertHops } from "../store/hops.ts";
import {
  type AnyMessage,
  deferMessage,
  type OpenableMessage,
  parkMessage,
  readMessage,
  readOpenable,
  settleWithOlder,
} from "../store/messages.ts";
import { amendRecord } from "./amend-record.ts";
import type {
  ArrivalAtNode,
  FailedAt,
  FlowMessage,
  HubPort,
  ResumedMessage,
  WaitRequest,
  WishRequest,
} from "./hub-port.ts";
import { lookUp } from "./lookup.ts";
import type { MessagePath } from "./tracking/message-path.ts";
import { handOver, meet } from "./waits/hand-over.ts";

/** A message that has been through its flows. */
type Passed = { messageId: string; path: () => MessagePath };

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 5 * 60_000;
const LATER_MS = 300;
const AWAY_MS = 5000;

const GROUP = 200;

/** The hub behind the nodes. What many messages ask at the same time is done for all of them together. */
export function serveFlows(hub: Hub): HubPort {
  // The embedded store has one session: a second group would only wait for the first.
  const limits = { items: GROUP, groups: hub.db.engine === "pglite" ? 1 : 4 };
  const opening = new Gatherer(limits, (ids: readonly string[]) => openMessages(hub, ids));
  const merging = new Gatherer(limits, (ids: readonly string[]) =>
    asOneSpan(hub, "merge", ids, () => mergeMessages(hub, ids)),
  );
  const wishing = new Gatherer(limits, (requests: readonly WishRequest[]) =>
    asOneSpan(hub, "route", requests.map(messageOf), () => recordWishes(hub, requests)),
  );
  const looking = new Gatherer(limits, (ids: readonly string[]) => lookAtCommands(hub, ids));
  const settling = new Gatherer(limits, (passed: readonly Passed[]) =>
    asOneSpan(hub, "settle", passed.map(messageOf), () => settle(hub, passed)),
  );
  const waiting = new Gatherer(limits, (requests: readonly WaitRequest[]) => handOver(hub, requests));
  const meeting = new Gatherer(limits, (requests: readonly ArrivalAtNode[]) => meet(hub, requests));
  return {
    open: (messageId) => opening.add(messageId),
    openResumed: (messageId) => openResumed(hub.db, messageId),
    wait: (request) => waiting.add(request),
    meet: (request) => meeting.add(request),
    merge: (messageId) => merging.add(messageId),
    targets: async (entity) =>
      [...hub.systems.values()].filter((system) => system.gives(entity)).map((system) => system.name),
    wish: async (request) => {
      await wishing.add(request);
    },
    derive: (request) => deriveRecord(hub, request),
    amend: (request) => amendRecord(hub, request),
    lookup: (request) => lookUp(hub, request),
    call: (request, path) => callOperation(hub, looking, request, path),
    notify: (request) => notify(hub, request),
    settle: async (messageId, path) => {
      await settling.add({ messageId, path });
    },
    reject: (messageId, { text, owner, detail, path }) => {
      const error = new NaveError("NAVE_FLOW_REJECTED", text, detail);
      return hub.db.transaction((sql) => park(hub, sql, messageId, error, owner, path));
    },
    fail: (messageId, thrown, where) => fail(hub, messageId, thrown, where),
  };
}

const messageOf = ({ messageId }: { messageId: string }) => messageId;

function asOneSpan<T>(
  { traces }: Hub,
  name: string,
  messageIds: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  if (!traces) return work();
  const members = messageIds.map((key) => ({ key, span: traces.attemptOf(key) }));
  return traces.together(`${name} together`, {}, members, work);
}

async function openMessages(
  hub: Hub,
  messageIds: readonly string[],
): Promise<PromiseSettledResult<FlowMessage | undefined>[]> {
  const messages = await pinned(hub.db, await readOpenable(hub.db, messageIds), messageIds);
  const opened = await readTogether(hub.db, messages, openMessage);
  return opened.map((value) => ({ status: "fulfilled", value }));
}

/** What has been held, or accepted before there were epochs, belongs to the newest from now on. */
async function pinned(
  sql: Sql,
  messages: readonly (OpenableMessage | undefined)[],
  ids: readonly string[],
): Promise<readonly (OpenableMessage | undefined)[]> {
  const unpinned = messages.filter((one) => one?.epoch === null && one.kind !== "resumed");
  if (unpinned.length === 0) return messages;
  await repinMessages(
    sql,
    unpinned.flatMap((one) => one?.id ?? []),
  );
  return readOpenable(sql, ids);
}

async function openMessage(sql: Sql, message: OpenableMessage | undefined): Promise<FlowMessage | undefined> {
  if (message?.state !== "accepted" || message.kind === "resumed") return undefined;
  const { id, correlationId, kind, entity, body, epoch } = message;
  const base = { messageId: id, correlationId, kind, entity, body, ...(epoch === null ? {} : { epoch }) };
  if (kind === "observed") return { ...base, system: message.system ?? "", localId: message.localId ?? "" };
  const record = await readCanonical(sql, { entity, id: message.canonicalId ?? "" });
  if (!record) return undefined;
  return { ...base, canonicalId: record.id, version: record.version, body: record.body };
}

async function openResumed(sql: Sql, messageId: string): Promise<ResumedMessage | undefined> {
  const message = await readMessage(sql, messageId);
  if (message?.state !== "accepted" || message.kind !== "resumed") return undefined;
  const { correlationId, flow, flowVersion, node, output, body } = message;
  return { messageId, correlationId, place: { flow, flowVersion, node }, output, message: body };
}

/** The flow has completed for these: what went before of the same records is over too, dead letters included. */
async function settle(hub: Hub, passed: readonly Passed[]): Promise<PromiseSettledResult<undefined>[]> {
  const isKept = hub.config.hub.paths === "all";
  const paths = new Map(isKept ? passed.map(({ messageId, path }) => [messageId, path()]) : []);
  await settleWithOlder(
    hub.db,
    passed.map(({ messageId }) => messageId),
    paths,
  );
  hub.reached("acknowledged");
  return passed.map(() => ({ status: "fulfilled", value: undefined }));
}

async function fail(hub: Hub, messageId: string, thrown: unknown, where: FailedAt): Promise<void> {
  const { path } = where;
  const error = toNaveError(thrown, "NAVE_FLOW_FAILED");
  await hub.db.transaction(async (sql) => {
    const message = await readMessage(sql, messageId);
    if (!message || message.state === "superseded" || message.state === "parked") return;
    const text = `${error.message} (in flow ${inWords(where)})`;
    if (message.state === "settled") {
      // A flow that sends on after it was finished has done something nobody counted: a person has to see it. Any other
      // failure is that of a second attempt, which a doubled ticket began: the first has gone through meanwhile.
      if (error.disposition !== "dead-letter" && error.disposition !== "hold") return;
      return park(hub, sql, messageId, error, ownerOf(hub, message), path);
    }
    switch (error.disposition) {
      case "wait":
        if (message.state === "waiting") return;
        await deferMessage(sql, messageId, LATER_MS, false, { code: error.code, text });
        return;
      case "later":
        await deferMessage(sql, messageId, LATER_MS, false, { code: error.code, text });
        return;
      case "retry":
      case "pause":
        if (isAway(error)) {
          const delayMs = error.detail.retryAfterMs ?? AWAY_MS;
          await deferMessage(sql, messageId, delayMs, false, { code: error.code, text });
          return;
        }
        if (message.attempts + 1 < hub.config.hub.maxAttempts)
          return retry(hub, sql, message, error, text, path);
        return park(hub, sql, messageId, error, ownerOf(hub, message), path);
      case "dead-letter":
      case "hold":
        return park(hub, sql, messageId, error, ownerOf(hub, message), path);
    }
  });
}

/** The message waits for a system that cannot be asked: that is no attempt of its own. */
function isAway(error: NaveError): boolean {
  return error.code === "NAVE_SYSTEM_UNAVAILABLE" || error.disposition === "pause";
}

async function retry(
  hub: Hub,
  sql: Sql,
  message: AnyMessage,
  error: NaveError,
  text: string,
  path: MessagePath | undefined,
): Promise<void> {
  const delayMs = Math.min(FIRST_RETRY_MS * 2 ** message.attempts, LONGEST_RETRY_MS);
  const labels = { system: message.system ?? "", entity: message.entity ?? "", work: "flow" };
  hub.meter.counters.add("nave_retries_total", labels);
  await deferMessage(sql, message.id, delayMs, true, { code: error.code, text });
  const hop = { ...hopOf(message), step: "retry" as const, text: `${text}; again in ${delayMs} ms` };
  await insertHops(sql, [{ ...hop, ...along(path) }]);
  const { id: messageId, correlationId } = message;
  hub.log.warn({ messageId, correlationId, code: error.code, attempt: message.attempts + 1 }, text);
}

export async function park(
  hub: Hub,
  sql: Sql,
  messageId: string,
  error: NaveError,
  owner: string,
  path?: MessagePath,
): Promise<void> {
  const message = await readMessage(sql, messageId);
  if (!message) return;
  const record = recordOf(message);
  const text = `${record === undefined ? "" : `${message.entity} ${record}: `}${error.message}`;
  const detail = JSON.parse(JSON.stringify({ ...(record && { record }), ...error.detail }));
  await parkMessage(sql, messageId, { code: error.code, text, ...detail });
  if (message.kind !== "resumed") await makeFindable(hub, sql, [message]);
  await openDeadLetter(sql, {
    subject: `message:${messageId}`,
    system: message.system,
    entity: message.entity,
    canonicalId: message.canonicalId,
    localId: message.localId,
    code: error.code,
    text,
    detail,
    owner,
  });
  const step = error.code === "NAVE_FLOW_REJECTED" ? "rejected" : "parked";
  await insertHops(sql, [{ ...hopOf(message), step, text, ...along(path) }]);
}

function inWords({ flow, node, nodeName, olderVersion }: FailedAt): string {
  return `${flow}/${nodeName ?? node}${olderVersion === undefined ? "" : `, older version ${olderVersion}`}`;
}

/** What the message is about, where it is about one record. */
function recordOf({ system, localId, canonicalId }: AnyMessage): string | undefined {
  return system === null ? (canonicalId ?? undefined) : `${system}/${localId}`;
}

export function ownerOf(hub: Hub, message: AnyMessage): string {
  return hub.systems.get(message.system ?? "")?.config.owner ?? "operators";
}

export function hopOf(message: AnyMessage) {
  return {
    correlationId: message.correlationId,
    messageId: message.id,
    entity: message.entity,
    canonicalId: message.canonicalId,
    system: message.system,
    localId: message.localId,
  };
}
