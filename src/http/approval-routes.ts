import { type Response, Router } from "express";
import type { Actor } from "../access/accounts.ts";
import { candidacies } from "../access/candidates.ts";
import type { JsonObject } from "../adapter-kit/contract.ts";
import { candidacyOf } from "../flows/waits/approval-rules.ts";
import { type ApprovalData, formOf } from "../flows/waits/approve.ts";
import { decideApproval, type NotTaken } from "../flows/waits/decide-approval.ts";
import { type ApprovalRow, listApprovals, readApproval } from "../store/approvals.ts";
import type { Api } from "./api-parts.ts";
import { actorOf, nameOf } from "./authorise.ts";
import { RequestRefused } from "./problem.ts";
import {
  bodyOf,
  choiceIn,
  countIn,
  type Fields,
  idIn,
  jsonBody,
  optionalTextIn,
  queryOf,
} from "./read-request.ts";

const MOST_LISTED = 1000;
const LONGEST_COMMENT = 2000;

/** The questions of flows: for those who are asked, and for admins. */
export function approvalRoutes({ hub }: Api): Router {
  const router = Router();
  router.get("/approvals", async (request, response) => {
    const query = queryOf(request, ["state", "limit", "after"]);
    const state = query["state"] === undefined ? "open" : choiceIn(query, "state", ["open", "all"]);
    const limit = countIn(query, "limit", 100, MOST_LISTED);
    const actor = asker(response);
    const filter = {
      ...(state === "open" ? { isOpen: true as const } : {}),
      ...(actor.role === "admin" ? {} : { candidates: candidacies(actor), by: actor.name }),
      ...(query["after"] === undefined ? {} : { after: idIn(query, "after") }),
    };
    const approvals = (await listApprovals(hub.db, filter, limit)).map((one) => shown(one, actor));
    response.set("cache-control", "no-store").json({ approvals });
  });
  router.get("/approvals/:id", async (request, response) => {
    const id = idIn(request.params, "id");
    const approval = await readApproval(hub.db, id);
    if (!approval) throw refused("unknown", id, approval);
    if (!maySee(approval, asker(response))) throw refused("no-candidate", id, approval, nameOf(response));
    response.set("cache-control", "no-store").json(shown(approval, asker(response)));
  });
  router.post("/approvals/:id/decision", ...jsonBody(), async (request, response) => {
    const id = idIn(request.params, "id");
    const body = bodyOf(request, ["decision", "values", "comment"]);
    const comment = optionalTextIn(body, "comment", LONGEST_COMMENT);
    const { approval, notTaken } = await decideApproval(hub, id, asker(response), {
      decision: choiceIn(body, "decision", ["approved", "rejected"]),
      values: valuesIn(body),
      ...(comment === undefined ? {} : { comment }),
    });
    if (notTaken || !approval) throw refused(notTaken ?? "unknown", id, approval, nameOf(response));
    response.json(shown(approval, asker(response)));
  });
  return router;
}

/** A question as people see it, each with what they may do about it. */
function shown(approval: ApprovalRow, actor: Actor) {
  const { id, flow, node, key, dueAt, createdAt, closedAt, correlationId } = approval;
  const data = approval.data as ApprovalData;
  const { question, mode, candidates, stage, decisions, entity, canonicalId } = data;
  const mayDecide = approval.state === "open" && typeof candidacyOf(actor, data) === "object";
  return {
    id,
    state: data.outcome ?? "open",
    question,
    form: formOf(data) ?? null,
    mode,
    candidates,
    escalated: stage > 0,
    since: createdAt,
    due: dueAt,
    decisions,
    closedAt,
    mayDecide,
    flow,
    node,
    key,
    entity,
    canonicalId,
    correlationId,
  };
}

export type ShownApproval = Omit<ReturnType<typeof shown>, "since" | "due" | "closedAt"> & {
  since: string;
  due: string | null;
  closedAt: string | null;
};

function maySee(approval: ApprovalRow, actor: Actor): boolean {
  const data = approval.data as ApprovalData;
  return candidacyOf(actor, data) !== "no-candidate" || data.decisions.some(({ by }) => by === actor.name);
}

function refused(
  why: NotTaken,
  id: string,
  approval: ApprovalRow | undefined,
  name = "nobody",
): RequestRefused {
  const data = approval?.data as ApprovalData | undefined;
  switch (why) {
    case "unknown":
      return new RequestRefused(404, `there is no approval ${id}`, { field: "id" });
    case "no-candidate":
      return new RequestRefused(403, `${name} is not asked in approval ${id}`, {
        accepts: `${data?.candidates.join(", ")}, or an admin`,
      });
    case "has-decided":
      return new RequestRefused(
        409,
        `${name} has decided about approval ${id} already${endInWords(approval)}`,
        {
          accepts: "one answer from each",
        },
      );
    case "is-answered":
      return new RequestRefused(409, `others have answered for ${name} in approval ${id} already`, {
        accepts: "an answer of those who are missing",
      });
    case "is-over":
      return new RequestRefused(409, `approval ${id} is ${data?.outcome}${endInWords(approval)}`, {
        accepts: "one that is open",
      });
    case "is-overdue":
      return new RequestRefused(
        409,
        `the deadline of approval ${id} has passed, at ${approval?.dueAt?.toISOString()}`,
        {
          accepts: "one that is open",
        },
      );
  }
}

/** Who was first. */
function endInWords(approval: ApprovalRow | undefined): string {
  const data = approval?.data as ApprovalData | undefined;
  const last = data?.decisions.at(-1);
  return last === undefined || data?.outcome === "expired"
    ? ""
    : `: ${last.decision} by ${last.by} at ${last.at}`;
}

function valuesIn(body: Fields): JsonObject {
  const values = body["values"] ?? {};
  if (typeof values === "object" && !Array.isArray(values)) return values as JsonObject;
  throw new RequestRefused(400, "values is no object", {
    field: "values",
    accepts: 'the fields of the form, such as { "limit": 500 }',
  });
}

/** Everything behind these routes is authorised. */
function asker(response: Response): Actor {
  return actorOf(response) ?? { name: "nobody", role: "viewer" };
}
