import { randomUUID } from "node:crypto";
import type { JsonObject } from "../../adapter-kit/contract.ts";
import { holdInGroup } from "../../store/batching.ts";
import type { Sql } from "../../store/database.ts";
import { insertHops } from "../../store/hops.ts";
import { readMessage } from "../../store/messages.ts";
import {
  findUndoing,
  forgetSteps,
  insertProcessWait,
  lockLastStep,
  lockProcess,
} from "../../store/undo-steps.ts";
import { insertArrivals, postponeWait, updateWait, type Wait, type WaitKind } from "../../store/waits.ts";
import type { CompensateRequest } from "../hub-port.ts";
import { type Arriving, arrivalOf, firstArrivals } from "./arrive.ts";
import { endAndGoOn } from "./go-on.ts";
import { waitingHop } from "./waiting-hop.ts";

/** Of a step: from where it is undone. */
const UNDO = 1;
const ALL_UNDONE = 0;
/** How soon it is looked again whether a step has been undone; one that needs a person takes longer anyway. */
const LOOK_AGAIN_MS = 300;
const LOOK_AGAIN_PARKED_MS = 2000;

/** What a step keeps, and the undoing: what goes on from there, and what it is about. */
type KeptData = { where: string; message: JsonObject; entity: string | null; canonicalId: string | null };
/** `current`: the message in which a step is being undone. */
type UndoingData = KeptData & { current: string | null; undone: number };

const BY_MODE: Record<
  CompensateRequest["mode"],
  (sql: Sql, one: Arriving<CompensateRequest>) => Promise<void>
> = {
  step: registerStep,
  all: undoAll,
  done: endProcess,
};

/** Notes how steps of a process are undone, undoes all that are noted, or forgets them. Their key names the process. */
export async function compensate(sql: Sql, requests: readonly CompensateRequest[]): Promise<void> {
  const arriving = await firstArrivals(sql, requests);
  const processes = arriving.map(({ request }) => request.key);
  await holdInGroup(
    sql,
    processes.map((process) => `process ${process}`),
  );
  for (const one of arriving) await BY_MODE[one.request.mode](sql, one);
}

async function registerStep(sql: Sql, one: Arriving<CompensateRequest>): Promise<void> {
  const { request, message } = one;
  const { messageId, part, key: process, where } = request;
  const key = part === "" ? messageId : `${messageId}/${part}`;
  await open(sql, one, "undo", key, keptOf(one));
  await insertHops(sql, [waitingHop(message, `can be undone from ${where}, in process ${process}`)]);
}

async function undoAll(sql: Sql, one: Arriving<CompensateRequest>): Promise<void> {
  const { request, message } = one;
  const { key: process, where } = request;
  await lockProcess(sql, process);
  const running = await findUndoing(sql, process);
  if (running !== undefined) {
    await insertArrivals(sql, [{ ...arrivalOf(request), waitId: running, body: null }]);
    return insertHops(sql, [
      waitingHop(message, `process ${process} is being undone already: ends at ${where}`),
    ]);
  }
  const data: UndoingData = { ...keptOf(one), current: null, undone: 0 };
  await open(sql, one, "undo all", process, data);
  return insertHops(sql, [
    waitingHop(message, `undoes process ${process} at ${where}, from its last step back`),
  ]);
}

async function endProcess(sql: Sql, { request, message }: Arriving<CompensateRequest>): Promise<void> {
  const { key: process, where } = request;
  await lockProcess(sql, process);
  await insertArrivals(sql, [{ ...arrivalOf(request), waitId: null, body: null }]);
  // What has failed elsewhere is undone as a whole.
  if ((await findUndoing(sql, process)) !== undefined) return;
  const forgotten = await forgetSteps(sql, process);
  const text = `process ${process} is done at ${where}: ${forgotten} of its steps cannot be undone any more`;
  await insertHops(sql, [{ ...waitingHop(message, text), step: "process-done" }]);
}

/** The next step back, once the one before has been undone; after the first of all, what asked for it goes on. */
export async function undoNext(sql: Sql, wait: Wait): Promise<void> {
  const data = wait.data as UndoingData;
  const busy = await stateOf(sql, data.current);
  if (busy !== undefined) {
    await postponeWait(sql, wait.id, busy === "parked" ? LOOK_AGAIN_PARKED_MS : LOOK_AGAIN_MS);
    return;
  }
  const step = await lockLastStep(sql, wait.key);
  if (step === undefined) return allUndone(sql, wait, data);
  const undoing = await endAndGoOn(sql, step, {
    output: UNDO,
    ...leaving(step, wait.key),
    because: `undone, as process ${wait.key} is at ${data.where}`,
  });
  const next: UndoingData = { ...data, current: undoing?.messageId ?? null, undone: data.undone + 1 };
  await updateWait(sql, { id: wait.id, dueAt: wait.dueAt ?? undefined, data: next });
  await postponeWait(sql, wait.id, LOOK_AGAIN_MS);
}

async function allUndone(sql: Sql, wait: Wait, { undone }: UndoingData): Promise<void> {
  await endAndGoOn(sql, wait, {
    output: ALL_UNDONE,
    ...leaving(wait, wait.key),
    because: `${undone} steps of process ${wait.key} have been undone`,
  });
}

/** Undefined: it is over. What a person has dropped counts as undone. */
async function stateOf(sql: Sql, messageId: string | null): Promise<string | undefined> {
  const message = messageId === null ? undefined : await readMessage(sql, messageId);
  return message && ["accepted", "waiting", "parked"].includes(message.state) ? message.state : undefined;
}

function leaving(wait: Wait, process: string) {
  const { where, message, entity, canonicalId } = wait.data as KeptData;
  const waited = { kind: wait.kind, where, key: process, since: wait.createdAt.toISOString() };
  return {
    message: { ...message, nave: { ...(message["nave"] as JsonObject), waited } },
    entity,
    canonicalId,
  };
}

async function open(
  sql: Sql,
  { request, message }: Arriving<CompensateRequest>,
  kind: WaitKind,
  key: string,
  data: KeptData,
): Promise<void> {
  const { place, key: process } = request;
  const { id: causeId, correlationId } = message;
  const wait = { id: randomUUID(), kind, ...place, key, data, causeId, correlationId };
  await insertProcessWait(sql, wait, process);
  await insertArrivals(sql, [{ ...arrivalOf(request), waitId: wait.id, body: null }]);
}

function keptOf({ request, message }: Arriving<CompensateRequest>): KeptData {
  const { entity, canonicalId } = message;
  return { where: request.where, message: request.message, entity, canonicalId };
}
