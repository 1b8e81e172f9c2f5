import { NaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import { insertAudit } from "../store/audit.ts";
import { type CommandReply, giveUpCommand, readCommand, reopenCommand } from "../store/commands.ts";
import type { Sql } from "../store/database.ts";
import { closeDeadLetters, type DeadLetter, readDeadLetter } from "../store/dead-letters.ts";
import { repinMessages } from "../store/flow-versions.ts";
import { insertHops } from "../store/hops.ts";
import { closeIntent, selectUnsettledIntents } from "../store/intents.ts";
import {
  dropMessage,
  parkMessage,
  readMessage,
  replaceBody,
  reviveMessages,
  wakeForCommand,
} from "../store/messages.ts";
import { dropNotification, readNotification, reopenNotification } from "../store/notifications.ts";
import { dropWish, readWish, reopenWish, type WishKey } from "../store/wishes.ts";
import { parkArrival, translate } from "./accept.ts";
import { refusalOf } from "./refusal.ts";

/**
 * Puts parked work back: a message into its flow, a wish into delivery, a command to be sent again under its key. What has
 * succeeded already is not repeated. A record that broke its mapping or its schema is translated afresh; if it still does, it is parked again.
 *
 * @throws NAVE_REQUEST_INVALID for a letter that is closed, or a record that could not be kept as it was seen.
 */
export async function retryDeadLetter(hub: Hub, id: string, by: string): Promise<void> {
  await hub.db.transaction(async (sql) => {
    const letter = await openLetter(sql, id);
    const subject = subjectOf(letter);
    await close(sql, letter, "retried", by);
    if ("messageId" in subject) await retryMessage(hub, sql, letter, subject.messageId);
    else if ("commandId" in subject) await reopenCommand(sql, subject.commandId);
    else if ("notificationId" in subject) await reopenNotification(sql, subject.notificationId);
    else {
      await closeDoubt(sql, subject.wish);
      await reopenWish(sql, subject.wish);
    }
  });
}

async function retryMessage(hub: Hub, sql: Sql, letter: DeadLetter, id: string): Promise<void> {
  const message = await readMessage(sql, id);
  const system = hub.systems.get(message?.system ?? "");
  const isRefused = letter.code === "NAVE_RECORD_INVALID" && message?.kind === "observed" && !message.deleted;
  if (!isRefused || !system) return sendAgain(sql, id);
  if (letter.detail["altered"] === true)
    throw new NaveError(
      "NAVE_REQUEST_INVALID",
      `${letter.text}: it could not be kept, so nothing can be tried again`,
      {
        accepts: `a correction in ${system.config.title}; the record is then read by itself`,
      },
    );
  const { entity, native } = message;
  const localId = message.localId ?? "";
  const { body, wrong } = translate(hub, system, entity, native ?? {});
  if (wrong.length === 0) {
    await replaceBody(sql, id, body);
    return sendAgain(sql, id);
  }
  const error = refusalOf(system, entity, localId, wrong);
  await parkMessage(sql, id, error);
  await parkArrival(sql, system, { id, entity, localId }, error);
}

/** Into the newest flows: those in which it failed may have been corrected. */
async function sendAgain(sql: Sql, messageId: string): Promise<void> {
  await repinMessages(sql, [messageId]);
  await reviveMessages(sql, [messageId]);
}

/**
 * Gives parked work up. The record stays as it is in the system concerned until it changes again; the flow behind a command
 * goes on, and hears that it failed.
 */
export async function dropDeadLetter(hub: Hub, id: string, by: string): Promise<void> {
  await hub.db.transaction(async (sql) => {
    const letter = await openLetter(sql, id);
    const subject = subjectOf(letter);
    if ("messageId" in subject) await dropMessage(sql, subject.messageId);
    else if ("commandId" in subject) await giveUp(sql, subject.commandId, by);
    else if ("notificationId" in subject) await dropNotification(sql, subject.notificationId, by);
    else {
      await closeDoubt(sql, subject.wish);
      await dropWish(sql, subject.wish);
    }
    await close(sql, letter, "dropped", by);
  });
}

/** What was in doubt counts as refused from now on: whoever gives it up has looked. */
async function giveUp(sql: Sql, id: string, by: string): Promise<void> {
  const command = await readCommand(sql, id);
  if (!command?.reply) return;
  const givenUp: CommandReply = {
    kind: "refused",
    text: `given up by ${by}; whether it was done was in doubt`,
  };
  await giveUpCommand(sql, id, command.reply.kind === "in-doubt" ? givenUp : command.reply);
  await wakeForCommand(sql, id);
}

async function openLetter(sql: Sql, id: string): Promise<DeadLetter> {
  const letter = await readDeadLetter(sql, id);
  if (!letter) throw new NaveError("NAVE_REQUEST_INVALID", `there is no dead letter ${id}`);
  if (letter.state !== "open")
    throw new NaveError("NAVE_REQUEST_INVALID", `dead letter ${id} is ${letter.state} already`);
  return letter;
}

type Subject = { messageId: string } | { commandId: string } | { notificationId: string } | { wish: WishKey };

function subjectOf(letter: DeadLetter): Subject {
  const [kind, rest = ""] = letter.subject.split(/:(.*)/s);
  if (kind === "message") return { messageId: rest };
  if (kind === "command") return { commandId: rest };
  if (kind === "notification") return { notificationId: rest };
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
  if ("commandId" in subject) return (await readCommand(sql, subject.commandId))?.correlationId;
  if ("notificationId" in subject)
    return (await readNotification(sql, subject.notificationId))?.correlationId;
  return (await readWish(sql, subject.wish))?.correlationId;
}
