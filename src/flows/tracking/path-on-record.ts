import type { Sql } from "../../store/database.ts";
import { selectLastPath } from "../../store/hops.ts";
import { type MessageState, readMessage } from "../../store/messages.ts";
import { selectWaitingIn } from "../../store/waits.ts";
import type { MessagePath } from "./message-path.ts";

/** The way that a message took in its last attempt, and what became of it. Without data: it is shown to who may see the flows. */
export type PathOnRecord = {
  messageId: string;
  entity: string | null;
  /** Of the message, as it is now. */
  state: MessageState;
  /** Why it is not settled. */
  code: string | null;
  /** Absent: no attempt has ended yet. */
  path?: MessagePath & {
    /** When that attempt ended. */
    at: string;
    /** `failed`: tried again or parked, see `state`; `held`: the message waits for the reply to a command. */
    outcome: "passed" | "failed" | "rejected" | "held";
    failedAt?: string;
    /** Nodes where something that came in it still waits on record. */
    waitsAt: string[];
  };
};

const OUTCOMES = { passed: "passed", rejected: "rejected", waiting: "held" } as const;

/** @returns undefined when there is no such message. */
export async function readPath(sql: Sql, messageId: string): Promise<PathOnRecord | undefined> {
  const message = await readMessage(sql, messageId);
  if (message === undefined) return undefined;
  const { entity, state, error } = message;
  const known = {
    messageId,
    entity,
    state,
    code: typeof error?.["code"] === "string" ? error["code"] : null,
  };
  const last = await selectLastPath(sql, messageId, message.correlationId);
  if (last === undefined) return known;
  const waitsAt = await selectWaitingIn(sql, messageId, last.path.nodes);
  const outcome = last.step in OUTCOMES ? OUTCOMES[last.step as keyof typeof OUTCOMES] : "failed";
  return { ...known, path: { ...last.path, at: last.at.toISOString(), outcome, waitsAt } };
}
