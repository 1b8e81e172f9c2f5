import type { Actor } from "../../access/accounts.ts";
import type { JsonObject } from "../../adapter-kit/contract.ts";
import { toNaveError } from "../../errors.ts";
import type { Hub } from "../../hub.ts";
import { publishDueMessages } from "../../receive/publish.ts";
import { type ApprovalRow, lockApproval } from "../../store/approvals.ts";
import { insertAudit } from "../../store/audit.ts";
import type { Sql } from "../../store/database.ts";
import { insertHops } from "../../store/hops.ts";
import { updateWait } from "../../store/waits.ts";
import { checkValues } from "./approval-form.ts";
import { candidacyOf, type Decision, outcomeOf, unanswered } from "./approval-rules.ts";
import { type ApprovalData, aboutApproval, endApproval, formOf } from "./approve.ts";

export type Answer = { decision: Decision["decision"]; values: JsonObject; comment?: string };

/** Why an answer is not taken. */
export type NotTaken = "unknown" | "no-candidate" | "has-decided" | "is-answered" | "is-over" | "is-overdue";

/**
 * Takes a person's answer to a question. The one that decides it lets the message go on, in the same transaction; whoever
 * comes later is told.
 *
 * @returns what the question looks like now, and why the answer was not taken, if it was not.
 * @throws NAVE_REQUEST_INVALID for values that the form does not accept.
 */
export async function decideApproval(
  hub: Hub,
  id: string,
  actor: Actor,
  answer: Answer,
): Promise<{ approval?: ApprovalRow; notTaken?: NotTaken }> {
  const result = await hub.db.transaction((sql) => decide(sql, id, actor, answer));
  if (result.approval?.state !== "done" || result.notTaken) return result;
  hub.reached("resumed");
  // The sweeper would do so too, a little later: the answer counts already.
  await publishDueMessages(hub).catch((thrown: unknown) =>
    hub.log.warn(
      { wait: id, correlationId: result.approval?.correlationId },
      `what goes on is published later: ${toNaveError(thrown).message}`,
    ),
  );
  return result;
}

async function decide(sql: Sql, id: string, actor: Actor, answer: Answer): ReturnType<typeof decideApproval> {
  const locked = await lockApproval(sql, id);
  if (!locked) return { notTaken: "unknown" };
  const { isOverdue, now, ...approval } = locked;
  const data = approval.data as ApprovalData;
  const candidacy = candidacyOf(actor, data);
  if (candidacy === "no-candidate") return { approval, notTaken: candidacy };
  if (approval.state !== "open") return { approval, notTaken: "is-over" };
  if (typeof candidacy === "string") return { approval, notTaken: candidacy };
  if (isOverdue) return { approval, notTaken: "is-overdue" };
  checkValues(formOf(data), answer.values, answer.decision);
  const given: Decision = {
    decision: answer.decision,
    by: actor.name,
    at: now.toISOString(),
    ...candidacy,
    stage: data.stage,
    values: answer.values,
    ...(answer.comment === undefined ? {} : { comment: answer.comment }),
  };
  const decided: ApprovalData = { ...data, decisions: [...data.decisions, given] };
  await record(sql, approval, decided, given);
  const outcome = outcomeOf(decided);
  if (outcome === undefined) {
    await updateWait(sql, { id, dueAt: approval.dueAt ?? undefined, data: decided });
    return { approval: { ...approval, data: decided } };
  }
  const ended = { ...decided, outcome };
  await endApproval(sql, approval, ended, `${outcome} by ${actor.name}`);
  return { approval: { ...approval, data: ended, state: "done", closedAt: now } };
}

async function record(sql: Sql, approval: ApprovalRow, data: ApprovalData, given: Decision): Promise<void> {
  const { by, decision, candidate, values, comment } = given;
  const as =
    candidate === null ? ", an admin in place of those asked" : candidate === by ? "" : ` as ${candidate}`;
  const missing = outcomeOf(data) === undefined ? `; asked still: ${unanswered(data).join(", ")}` : "";
  const told = { decision, candidate, values, ...(comment === undefined ? {} : { comment }) };
  const text = `${by}${as}: ${decision} at ${data.where}${missing}`;
  await insertHops(sql, [aboutApproval(approval, "person", text, told)]);
  await insertAudit(sql, by, `approval ${decision}`, { id: approval.id, question: data.question, ...told });
}
