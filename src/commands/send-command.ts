import type { OperationReply } from "../adapter-kit/contract.ts";
import { NaveError, toNaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import { type Command, deferCommand, markSent } from "../store/commands.ts";
import { insertHops } from "../store/hops.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";
import { answerCommand, hopOf } from "./close-command.ts";
import { findOperation, type Operation } from "./operations.ts";
import { type CommandPlan, planCommand } from "./plan-command.ts";

const SOON_MS = 500;

/** Whether commands may be sent there now; what keeps it from being written keeps it from being commanded. */
export function takesCommands(system: ConnectedSystem): boolean {
  return system.writable && !system.inRecovery && system.waitMs === 0;
}

/** Takes a claimed command one step further: sends it, gives it its reply, or puts it off. Ends the claim in any case. */
export async function attemptCommand(
  hub: Hub,
  system: ConnectedSystem,
  command: Command,
  claim: string,
): Promise<void> {
  try {
    await attempt(hub, system, command, claim);
  } catch (thrown) {
    const { message } = toNaveError(thrown);
    const { id, correlationId } = command;
    hub.log.warn({ system: system.name, command: id, correlationId }, `put off: ${message}`);
    const delayMs = Math.max(system.waitMs, SOON_MS);
    await deferCommand(hub.db, command.id, claim, { delayMs, notDone: false, problem: message });
  }
}

async function attempt(hub: Hub, system: ConnectedSystem, command: Command, claim: string): Promise<void> {
  const operation = findOperation(hub, command.system, command.operation);
  const plan = planCommand(
    command,
    {
      repeatable: operation.capability.repeatable,
      settleMs: system.manifest.limits.settleMs,
      maxAttempts: hub.config.hub.maxAttempts,
    },
    Date.now(),
  );
  if (plan.do === "send") return send(hub, operation, command, claim);
  return carryOut(hub, command, claim, plan);
}

/** What is to be done with a command without asking its system. */
export async function carryOut(
  hub: Hub,
  command: Command,
  claim: string,
  plan: Exclude<CommandPlan, { do: "send" }>,
): Promise<void> {
  switch (plan.do) {
    case "wait": {
      const problem = "whether it was done is not known yet";
      return deferCommand(hub.db, command.id, claim, { delayMs: plan.delayMs, notDone: false, problem });
    }
    case "time-out":
      await answerCommand(hub, command, claim, { kind: "timed-out", text: plan.because });
      return;
    case "doubt": {
      const text = `${plan.because}. Look there; retry only if it has not been done`;
      await answerCommand(hub, command, claim, { kind: "in-doubt", text });
      return;
    }
  }
}

async function send(hub: Hub, operation: Operation, command: Command, claim: string): Promise<void> {
  const { system } = operation;
  const reply = await ask(hub, operation, command, claim);
  hub.reached("answered");
  switch (reply.kind) {
    case "done":
    case "refused":
      await answerCommand(hub, command, claim, reply);
      return;
    case "unavailable": {
      if (system.waitMs === 0) await system.unavailable(reply.text, reply.retryAfterMs);
      const delayMs = Math.max(system.waitMs, SOON_MS);
      return deferCommand(hub.db, command.id, claim, { delayMs, notDone: true, problem: reply.text });
    }
    case "unknown": {
      if (system.waitMs === 0) await system.unavailable(reply.text);
      const text = `no answer that tells whether ${command.operation} was done (${reply.text})`;
      await insertHops(hub.db, [hopOf(command, "retry", text)]);
      const { settleMs } = system.manifest.limits;
      return deferCommand(hub.db, command.id, claim, { delayMs: settleMs, notDone: false, problem: text });
    }
  }
}

/**
 * Puts on record that the command is sent when the request's turn has come, not before: the settle time counts from there.
 *
 * @throws what kept it from being sent.
 */
async function ask(hub: Hub, operation: Operation, command: Command, claim: string): Promise<OperationReply> {
  const { args, idempotencyKey } = command;
  let isSent = false;
  try {
    return await operation.system.ask(async (signal) => {
      await recordSending(hub, command, claim);
      isSent = true;
      hub.reached("intent");
      const answer = operation.call(operation.name, { args, idempotencyKey, signal });
      hub.reached("sent");
      return await answer;
    });
  } catch (thrown) {
    if (!isSent) throw thrown;
    return replyOfError(toNaveError(thrown));
  }
}

async function recordSending(hub: Hub, command: Command, claim: string): Promise<void> {
  await hub.db.transaction(async (sql) => {
    if (!(await markSent(sql, command.id, claim)))
      throw new NaveError("NAVE_WRITE_UNDER_WAY", `command ${command.id} is in other hands`);
    const text = `${command.operation} sent to ${command.system}`;
    await insertHops(sql, [hopOf(command, "sent", text)]);
  });
}

/** What an exception after sending means. Adapters throw what concerns every command alike; whatever else may have been done. */
function replyOfError(error: NaveError): OperationReply {
  const { message: text, disposition } = error;
  const { field, accepts } = error.detail;
  if (disposition === "pause") return { kind: "unavailable", text };
  if (disposition !== "dead-letter") return { kind: "unknown", text };
  return {
    kind: "refused",
    text,
    ...(field === undefined ? {} : { field }),
    ...(accepts === undefined ? {} : { accepts }),
  };
}
