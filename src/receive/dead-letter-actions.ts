import { NaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import { insertAudit } from "../store/audit.ts";
import type { Sql } from "../store/database.ts";
import { closeDeadLetters, type DeadLetter, readDeadLetter } from "../store/dead-letters.ts";
import { insertHops } from "../store/hops.ts";
import { closeIntent, selectUnsettledIntents } from "../store/intents.ts";
import { dropMessage, readMessage, reviveMessages } from "../store/messages.ts";
import { dropWish, readWish, reopenWish, type WishKey } from "../store/wishes.ts";

/** Puts parked work back: a message into its flow, a wish into delivery. What has succeeded already is not repeated. */
export async function retryDeadLetter(hub: Hub, id: string, by: string): Promise<void> {
  await hub.db.transaction(async (sql) => {
    const letter = await openLetter(sql, id);
    const subject = subjectOf(letter);
    if ("messageId" in subject) await reviveMessages(sql, [subject.messageId]);
    else {
      await closeDoubt(sql, subject.wish);
      await reopenWish(sql, subject.wish);
    }
    await close(sql, letter, "retried", by);
  });
}

/** Gives parked work up. The record stays as it is in the system concerned until it changes again. */
export async function dropDeadLetter(hub: Hub, id: string, by: string): Promise<void> {
  await hub.db.transaction(async (sql) => {
    const letter = await openLetter(sql, id);
    const subject = subjectOf(letter);
    if ("messageId" in subject) await dropMessage(sql, subject.messageId);
    else {
      await closeDoubt(sql, subject.wish);
      await dropWish(sql, subject.wish);
    }
    await close(sql, letter, "dropped", by);
  });
}

async function openLetter(sql: Sql, id: string): Promise<DeadLetter> {
  const letter = await readDeadLetter(sql, id);
  if (!letter) throw new NaveError("NAVE_REQUEST_INVALID", `there is no dead letter ${id}`);
  if (letter.state !== "open")
    throw new NaveError("NAVE_REQUEST_INVALID", `dead letter ${id} is ${letter.state} already`);
  return letter;
}

function subjectOf(letter: DeadLetter): { messageId: string } | { wish: WishKey } {
  const [kind, rest = ""] = letter.subject.split(/:(.*)/s);
  if (kind === "message") return { messageId: rest };
  const [system = "", entity = "", canonicalId = ""] = rest.split("/");
  return { wish: { system, entity, canonicalId } };
}

/** A person has looked: the write in doubt did not happen, or its record has been removed. */
async function closeDoubt(sql: Sql, key: WishKey): Promise<void> {
  const intents = await selectUnsettledIntents(sql, key.system, key.entity, [key.canonicalId]);
  for (const intent of intents.values())
    if (intent.state === "in-doubt") await closeIntent(sql, intent.id, "failed");
}

async function close(sql: Sql, letter: DeadLetter, state: "retried" | "dropped", by: string): Promise<void> {
  await closeDeadLetters(sql, [letter.subject], state, by);
  await insertAudit(sql, by, `dead letter ${state}`, { id: letter.id, subject: letter.subject });
  const correlationId = await correlationOf(sql, letter);
  if (!correlationId) return;
  const { entity, canonicalId, system, localId } = letter;
  const hop = { correlationId, messageId: null, entity, canonicalId, system, localId };
  await insertHops(sql, [{ ...hop, step: "person", text: `${by}: ${state}` }]);
}

async function correlationOf(sql: Sql, letter: DeadLetter): Promise<string | undefined> {
  const subject = subjectOf(letter);
  if ("messageId" in subject) return (await readMessage(sql, subject.messageId))?.correlationId;
  return (await readWish(sql, subject.wish))?.correlationId;
}
