import { randomUUID } from "node:crypto";
import type { JsonObject } from "../../adapter-kit/contract.ts";
import type { Sql } from "../../store/database.ts";
import { insertHops } from "../../store/hops.ts";
import { insertResumed } from "../../store/resumed-messages.ts";
import { closeWait, type Wait } from "../../store/waits.ts";

/** What leaves a node that waited. */
export type Onward = {
  /** Counted from 0. */
  output: number;
  /** The Node-RED message; of `nave`, the ids of the new message are added when it goes on. */
  message: JsonObject & { nave: JsonObject };
  /** The record that it is about; null: several, or none. */
  entity: string | null;
  canonicalId: string | null;
  /** Present: it begins a story of its own instead of continuing that of the wait. */
  ownStory?: true;
  /** Why it goes on now, for the story. */
  because: string;
};

/**
 * Ends a wait and lets it go on, in the caller's transaction: whoever ends it first does, and nobody else.
 *
 * @returns the message that goes on; undefined when the wait has been ended already.
 */
export async function endAndGoOn(
  sql: Sql,
  wait: Wait,
  onward: Onward,
): Promise<{ messageId: string; correlationId: string } | undefined> {
  return (await closeWait(sql, wait.id, "done")) ? goOn(sql, wait, onward) : undefined;
}

async function goOn(
  sql: Sql,
  wait: Wait,
  onward: Onward,
): Promise<{ messageId: string; correlationId: string }> {
  const { flow, flowVersion, node, causeId } = wait;
  const { output, message, entity, canonicalId } = onward;
  const messageId = randomUUID();
  const correlationId = onward.ownStory ? messageId : wait.correlationId;
  const story = { entity, canonicalId, correlationId };
  await insertResumed(sql, {
    id: messageId,
    flow,
    flowVersion,
    node,
    output,
    body: message,
    ...story,
    causationId: causeId,
  });
  const text = `goes on at ${wait.data.where}: ${onward.because}`;
  await insertHops(sql, [{ ...story, messageId, system: null, localId: null, step: "resumed", text }]);
  return { messageId, correlationId };
}
