import type { Actor } from "../../access/accounts.ts";
import { candidacies } from "../../access/candidates.ts";
import type { JsonObject } from "../../adapter-kit/contract.ts";
import type { ApproveRequest } from "../hub-port.ts";

/** One person's answer. */
export type Decision = {
  decision: "approved" | "rejected";
  by: string;
  /** RFC 3339 UTC. */
  at: string;
  /** As which candidate; null: an admin, in place of the candidates. */
  candidate: string | null;
  /** 1: after the escalation. */
  stage: number;
  values: JsonObject;
  comment?: string;
};

/** Who is asked now, and who has answered so far. */
export type Asked = Pick<ApproveRequest, "mode" | "candidates"> & {
  stage: number;
  decisions: readonly Decision[];
};

/** What keeps somebody from deciding: it is not theirs, they have, or whoever they could answer for has. */
export type NotTheirs = "no-candidate" | "has-decided" | "is-answered";

/** As which candidate this person may decide; null: as an admin, in place of them all. */
export function candidacyOf(actor: Actor, asked: Asked): { candidate: string | null } | NotTheirs {
  const given = asked.decisions.filter(({ stage }) => stage === asked.stage);
  if (given.some(({ by }) => by === actor.name)) return "has-decided";
  const mine = candidacies(actor).filter((one) => asked.candidates.includes(one));
  if (mine.length === 0) return actor.role === "admin" ? { candidate: null } : "no-candidate";
  const open = unanswered(asked);
  const candidate = mine.find((one) => open.includes(one));
  return candidate === undefined ? "is-answered" : { candidate };
}

/** What the question has come to with these answers; undefined: others have to answer too. */
export function outcomeOf(asked: Asked): Decision["decision"] | undefined {
  const given = asked.decisions.filter(({ stage }) => stage === asked.stage);
  const last = given.at(-1);
  if (last === undefined) return undefined;
  const isEnough = asked.mode === "any" || last.candidate === null || unanswered(asked).length === 0;
  return last.decision === "rejected" || isEnough ? last.decision : undefined;
}

/** Those who have not answered yet. */
export function unanswered({ candidates, decisions, stage }: Asked): string[] {
  const open = [...candidates];
  for (const { candidate, stage: at } of decisions)
    if (candidate !== null && at === stage) open.splice(open.indexOf(candidate), 1);
  return open;
}
