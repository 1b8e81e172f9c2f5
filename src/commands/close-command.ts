import type { JsonObject } from "../adapter-kit/contract.ts";
import type { ErrorCode } from "../errors.ts";
import type { Hub } from "../hub.ts";
import { type Command, type CommandReply, closeCommand, commandSubject } from "../store/commands.ts";
import type { Sql } from "../store/database.ts";
import { openDeadLetter } from "../store/dead-letters.ts";
import { type Hop, insertHops, type Step } from "../store/hops.ts";
import { wakeForCommand } from "../store/messages.ts";

const CODES: Record<Exclude<CommandReply["kind"], "done">, ErrorCode> = {
  refused: "NAVE_RECORD_REFUSED",
  "timed-out": "NAVE_COMMAND_TIMED_OUT",
  "in-doubt": "NAVE_WRITE_IN_DOUBT",
};

/**
 * Stores the reply, and either wakes who waits for it or, where a person decides, opens a dead letter: for what is in doubt,
 * and for what failed under the policy `block`. One transaction.
 *
 * @returns false when the claim was lost: somebody else has the command, and the reply is not stored.
 */
export async function answerCommand(
  hub: Hub,
  command: Command,
  claim: string,
  reply: CommandReply,
): Promise<boolean> {
  const isHeld = reply.kind === "in-doubt" || (reply.kind !== "done" && command.onFailure === "block");
  const isStored = await hub.db.transaction(async (sql) => {
    if (!(await closeCommand(sql, command.id, claim, reply, isHeld))) return false;
    const after = reply.kind === "done" ? { after: reply.result } : {};
    await insertHops(sql, [{ ...hopOf(command, STEPS[reply.kind], textOf(command, reply)), ...after }]);
    if (isHeld) await openLetter(hub, sql, command, reply);
    else await wakeForCommand(sql, command.id);
    return true;
  });
  if (isStored) hub.reached("committed");
  else
    hub.log.warn(
      { system: command.system, command: command.id, correlationId: command.correlationId },
      "the claim of a command was lost; its reply is not stored",
    );
  return isStored;
}

const STEPS: Record<CommandReply["kind"], Step> = {
  done: "command",
  refused: "refused",
  "timed-out": "parked",
  "in-doubt": "in-doubt",
};

function textOf({ operation, system }: Command, reply: CommandReply): string {
  if (reply.kind === "done") return `${system} has done ${operation}`;
  return reply.kind === "refused" ? `${system} refused ${operation}: ${reply.text}` : reply.text;
}

async function openLetter(
  hub: Hub,
  sql: Sql,
  command: Command,
  reply: Exclude<CommandReply, { kind: "done" }>,
): Promise<void> {
  // A system can be taken out of the configuration while a command to it is under way.
  const config = hub.systems.get(command.system)?.config;
  const { field, value, accepts } = reply.kind === "refused" ? reply : {};
  const detail: JsonObject = {
    record: command.businessKey,
    operation: command.operation,
    args: command.args,
    ...(field === undefined ? {} : { field }),
    ...(value === undefined ? {} : { value }),
    ...(accepts === undefined ? {} : { accepts }),
    correctIn: config?.title ?? command.system,
  };
  await openDeadLetter(sql, {
    subject: commandSubject(command.id),
    system: command.system,
    entity: command.entity,
    canonicalId: command.canonicalId,
    localId: null,
    code: CODES[reply.kind],
    text: `${command.entity} ${command.businessKey}: ${textOf(command, reply)}`,
    detail,
    owner: config?.owner ?? "operators",
  });
}

/** A step in the story of the message and the record that the command belongs to. */
export function hopOf(command: Command, step: Step, text: string): Hop {
  return {
    correlationId: command.correlationId,
    messageId: command.messageId,
    entity: command.entity,
    canonicalId: command.canonicalId,
    system: command.system,
    localId: null,
    step,
    text,
  };
}
