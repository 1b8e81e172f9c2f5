import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { requireAccounts } from "../../access/candidates.ts";
import type { JsonObject } from "../../adapter-kit/contract.ts";
import type { Sql } from "../../store/database.ts";
import { type Hop, insertHops } from "../../store/hops.ts";
import { closeWait, insertArrivals, openWait, readClock, updateWait, type Wait } from "../../store/waits.ts";
import type { ApproveRequest } from "../hub-port.ts";
import type { Form } from "./approval-form.ts";
import type { Decision } from "./approval-rules.ts";
import { type Arriving, arrivalOf, firstArrivals } from "./arrive.ts";
import { endAndGoOn } from "./go-on.ts";
import { waitingHop } from "./waiting-hop.ts";

export const APPROVAL_OUTPUTS = ["approved", "rejected", "expired"] as const;
export type ApprovalEnd = (typeof APPROVAL_OUTPUTS)[number];

/** What a wait of this kind keeps. */
export type ApprovalData = {
  where: string;
  question: string;
  mode: "any" | "all";
  /** Who is asked now. */
  candidates: string[];
  /** 1: after the escalation. */
  stage: number;
  escalation: { candidates: string[]; due: KeptDue } | null;
  /** As text, which keeps the order of its fields. */
  form: string | null;
  decisions: Decision[];
  /** What it has come to; `withdrawn`: another question has taken its place. Null: nothing yet. */
  outcome: ApprovalEnd | "withdrawn" | null;
  /** What goes on, and what it is about. */
  message: JsonObject;
  entity: string | null;
  canonicalId: string | null;
};
type KeptDue = { afterMs: number } | { at: string };

/** What is to be filled in; undefined: nothing. */
export function formOf({ form }: ApprovalData): Form | undefined {
  return form === null ? undefined : (JSON.parse(form) as Form);
}

/** Asks the candidates. A question that is open under the same key stands when it is the same, and is withdrawn otherwise. */
export async function askForApproval(sql: Sql, requests: readonly ApproveRequest[]): Promise<void> {
  const arriving = await firstArrivals(sql, requests);
  for (const { request } of arriving)
    await requireAccounts(sql, [...request.candidates, ...(request.escalation?.candidates ?? [])]);
  for (const one of arriving) await ask(sql, one);
}

async function ask(sql: Sql, { request, message }: Arriving<ApproveRequest>): Promise<void> {
  const { place, key, due } = request;
  const { id: causeId, correlationId, entity, canonicalId } = message;
  const data = newApproval(request, entity, canonicalId);
  const asked = { id: randomUUID(), kind: "approve" as const, ...place, key, data, causeId, correlationId };
  let { wait, now } = await openWait(sql, asked);
  if (wait.id !== asked.id && !isSameQuestion(wait.data as ApprovalData, data)) {
    await withdraw(sql, wait, message.id);
    ({ wait, now } = await openWait(sql, asked));
  }
  await insertArrivals(sql, [{ ...arrivalOf(request), waitId: wait.id, body: null }]);
  if (wait.id !== asked.id) return;
  const dueAt = due && instantOf(keptDue(due), now);
  await updateWait(sql, { id: wait.id, dueAt, data });
  await insertHops(sql, [
    waitingHop(message, `${askedInWords(data)}${untilInWords(dueAt)}: ${data.question}`),
  ]);
}

/** Its deadline has passed: others are asked, or nobody any more. */
export async function expireApproval(sql: Sql, wait: Wait): Promise<void> {
  const data = wait.data as ApprovalData;
  const because = `nobody has decided by ${wait.dueAt?.toISOString() ?? ""}`;
  if (data.escalation === null) return endApproval(sql, wait, { ...data, outcome: "expired" }, because);
  const { candidates, due } = data.escalation;
  const escalated: ApprovalData = { ...data, candidates, stage: 1, escalation: null };
  const dueAt = instantOf(due, await readClock(sql));
  await updateWait(sql, { id: wait.id, dueAt, data: escalated });
  await insertHops(sql, [
    aboutApproval(wait, "waiting", `${because}: ${askedInWords(escalated)}${untilInWords(dueAt)}`),
  ]);
}

/** The question has come to something: the message goes on from the output for it. */
export async function endApproval(
  sql: Sql,
  wait: Wait,
  data: ApprovalData & { outcome: ApprovalEnd },
  because: string,
): Promise<void> {
  const { where, message, entity, canonicalId, outcome } = data;
  await updateWait(sql, { id: wait.id, dueAt: wait.dueAt ?? undefined, data });
  const waited = { kind: wait.kind, where, key: wait.key, since: wait.createdAt.toISOString() };
  await endAndGoOn(sql, wait, {
    output: APPROVAL_OUTPUTS.indexOf(outcome),
    message: {
      ...message,
      nave: { ...(message["nave"] as JsonObject), waited },
      approval: whatWasDecided(wait.id, data),
    },
    entity,
    canonicalId,
    because,
  });
}

/** A step in the story of what is to be decided. */
export function aboutApproval(wait: Wait, step: Hop["step"], text: string, after?: JsonObject): Hop {
  const { entity, canonicalId } = wait.data as ApprovalData;
  const { correlationId, causeId: messageId } = wait;
  const hop = { correlationId, messageId, entity, canonicalId, system: null, localId: null, step, text };
  return after === undefined ? hop : { ...hop, after };
}

/** `msg.approval`. */
export function whatWasDecided(id: string, { outcome, question, decisions }: ApprovalData): JsonObject {
  const last = outcome === "expired" ? undefined : decisions.at(-1);
  return {
    id,
    outcome,
    question,
    ...(last && { by: last.by, at: last.at, candidate: last.candidate }),
    ...(last?.comment === undefined ? {} : { comment: last.comment }),
    values: last?.values ?? {},
    decisions,
  };
}

async function withdraw(sql: Sql, wait: Wait, byMessage: string): Promise<void> {
  const data: ApprovalData = { ...(wait.data as ApprovalData), outcome: "withdrawn" };
  await updateWait(sql, { id: wait.id, dueAt: wait.dueAt ?? undefined, data });
  await closeWait(sql, wait.id, "cancelled");
  const text = `the question at ${data.where} is withdrawn: message ${byMessage} brings another one under key ${wait.key}`;
  await insertHops(sql, [aboutApproval(wait, "waiting", text)]);
}

export function isSameQuestion(open: ApprovalData, asked: ApprovalData): boolean {
  return (
    open.question === asked.question && isDeepStrictEqual(open.message["payload"], asked.message["payload"])
  );
}

/** A question that nobody has answered yet. */
export function newApproval(
  request: ApproveRequest,
  entity: string | null,
  canonicalId: string | null,
): ApprovalData {
  const { where, question, mode, candidates, escalation, form, message } = request;
  return {
    where,
    question,
    mode,
    candidates,
    stage: 0,
    escalation: escalation ? { candidates: escalation.candidates, due: keptDue(escalation.due) } : null,
    form: form === undefined ? null : JSON.stringify(form),
    decisions: [],
    outcome: null,
    message,
    entity,
    canonicalId,
  };
}

export function keptDue(due: NonNullable<ApproveRequest["due"]>): KeptDue {
  return "at" in due ? { at: due.at.toISOString() } : due;
}

export function instantOf(due: KeptDue, now: Date): Date {
  return "at" in due ? new Date(due.at) : new Date(now.getTime() + due.afterMs);
}

function askedInWords({ where, mode, candidates }: ApprovalData): string {
  const who = candidates.join(mode === "all" ? " and " : " or ");
  return `asks ${who} at ${where}`;
}

function untilInWords(dueAt: Date | undefined): string {
  return dueAt === undefined ? "" : `, until ${dueAt.toISOString()}`;
}
