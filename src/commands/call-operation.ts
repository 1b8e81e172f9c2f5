import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { NaveError } from "../errors.ts";
import type { CallReply, CallRequest } from "../flows/hub-port.ts";
import type { MessagePath } from "../flows/tracking/message-path.ts";
import type { Gatherer } from "../gatherer.ts";
import type { Hub } from "../hub.ts";
import { insertKeysOfMessages } from "../store/business-keys.ts";
import {
  type Command,
  insertCommand,
  lockCommand,
  readCommandByKey,
  readCommands,
} from "../store/commands.ts";
import type { Sql } from "../store/database.ts";
import { insertHeld, insertHops } from "../store/hops.ts";
import { type AnyMessage, awaitCommand, readMessage } from "../store/messages.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";
import { askQuery } from "./ask-query.ts";
import { hopOf } from "./close-command.ts";
import { checkArguments, findOperation } from "./operations.ts";
import { publishCommands } from "./publish.ts";
import { takesCommands } from "./send-command.ts";

/** So long a message stays in its flow for a reply; then it stands still as a row until the reply comes. */
const STAYS_MS = 5000;
const FIRST_LOOK_MS = 10;
const LONGEST_LOOK_MS = 200;

/** Where commands stand, asked for together by all messages that stay for a reply. */
export type CommandLooks = Gatherer<string, Command | undefined>;

export async function lookAtCommands(
  hub: Hub,
  ids: readonly string[],
): Promise<PromiseSettledResult<Command | undefined>[]> {
  const commands = await readCommands(hub.db, ids);
  return commands.map((value) => ({ status: "fulfilled", value }));
}

/**
 * Calls an operation of a system on behalf of a message. A query is asked at once. A command is a row before it is sent; the
 * same idempotency key gets the stored reply, whoever asks.
 *
 * @returns undefined when the message waits for the reply: it runs through its flow again when the reply is there.
 * @throws NAVE_NOT_SUPPORTED, NAVE_RECORD_INVALID for a call that cannot be made as it is.
 */
export async function callOperation(
  hub: Hub,
  looks: CommandLooks,
  request: CallRequest,
  path?: MessagePath,
): Promise<CallReply | undefined> {
  const operation = findOperation(hub, request.system, request.operation);
  checkArguments(operation, request.args);
  if (operation.capability.kind === "query") return askQuery(operation, request);
  const { id } = await journal(hub, request);
  const reply = await stayForReply(looks, operation.system, id);
  return reply ?? (await waitForReply(hub, request.messageId, id, path));
}

/** The row that stands for this call; made now, unless this message, or another with the same key, was here before. */
async function journal(hub: Hub, request: CallRequest): Promise<Command> {
  const { system, idempotencyKey } = request;
  const known = await readCommandByKey(hub.db, system, idempotencyKey);
  if (known) return same(known, request);
  const message = await readMessage(hub.db, request.messageId);
  if (!message) throw new NaveError("NAVE_HUB_UNAVAILABLE", `message ${request.messageId} is gone`);
  const made = await hub.db.transaction((sql) => insert(sql, request, message));
  if (made) {
    await publishCommands(hub, [made]);
    return made;
  }
  const other = await readCommandByKey(hub.db, system, idempotencyKey);
  if (!other) throw new NaveError("NAVE_HUB_UNAVAILABLE", `the command ${idempotencyKey} is gone`);
  return same(other, request);
}

async function insert(sql: Sql, request: CallRequest, message: AnyMessage): Promise<Command | undefined> {
  const { system, operation, args, businessKey, idempotencyKey, onFailure, deadlineMs } = request;
  const { entity, canonicalId, correlationId } = message;
  const command = await insertCommand(sql, {
    id: randomUUID(),
    system,
    operation,
    args,
    businessKey,
    idempotencyKey,
    onFailure,
    deadlineMs,
    messageId: message.id,
    correlationId,
    entity,
    canonicalId,
  });
  if (!command) return undefined;
  const text = `${operation} to be done by ${system}, until ${command.deadline.toISOString()}`;
  await insertHops(sql, [{ ...hopOf(command, "command", text), after: args }]);
  if (entity === null) return command;
  const findable = { entity, messageId: message.id, kind: "command", value: businessKey.toLowerCase() };
  await insertKeysOfMessages(sql, [findable]);
  return command;
}

/** A key stands for one call: who gives it to two would get the reply of the first for the second. */
function same(command: Command, request: CallRequest): Command {
  const isOwn = command.messageId === request.messageId;
  const isSame = command.operation === request.operation && isDeepStrictEqual(command.args, request.args);
  // A message that comes again may compute other arguments from what has changed meanwhile: what was sent stands.
  if (isSame || (isOwn && command.operation === request.operation)) return command;
  throw new NaveError(
    "NAVE_RECORD_INVALID",
    `the idempotency key "${request.idempotencyKey}" stands for ${command.operation} with other arguments already`,
    { field: "idempotencyKey", value: request.idempotencyKey, accepts: "a key of its own for each call" },
  );
}

/** Nothing when it takes longer than a moment, or cannot come soon: the system is away, or a person decides. */
async function stayForReply(
  looks: CommandLooks,
  system: ConnectedSystem,
  id: string,
): Promise<CallReply | undefined> {
  const until = performance.now() + STAYS_MS;
  for (let lookMs = FIRST_LOOK_MS; ; lookMs = Math.min(lookMs * 2, LONGEST_LOOK_MS)) {
    const command = await looks.add(id);
    const reply = command && replyOf(command);
    if (reply !== undefined || command?.held || !takesCommands(system)) return reply;
    if (performance.now() + lookMs > until) return undefined;
    await sleep(lookMs);
  }
}

/**
 * Lets the message stand still until the reply is there; unless it has come just now. Whoever closes the command holds its row
 * too, so neither misses the other. How messages wait for replies is decided here, and ended in `wakeForCommand`, nowhere else.
 */
async function waitForReply(
  hub: Hub,
  messageId: string,
  id: string,
  path: MessagePath | undefined,
): Promise<CallReply | undefined> {
  return hub.db.transaction(async (sql) => {
    const command = await lockCommand(sql, id);
    const reply = command && replyOf(command);
    if (reply !== undefined || !command) return reply;
    const text = command.held
      ? `${command.operation} of ${command.system} waits for a person: nave dead list`
      : `waits until ${command.system} has done ${command.operation}`;
    await awaitCommand(sql, messageId, { code: "NAVE_COMMAND_UNDER_WAY", text, command: id });
    await insertHeld(sql, messageId, text, path);
    return undefined;
  });
}

/** What the flow is told; nothing while a person decides. */
function replyOf({ reply, held }: Command): CallReply | undefined {
  if (held || reply === null || reply.kind === "in-doubt") return undefined;
  return reply;
}
