import type { Command } from "../store/commands.ts";

export type CommandPlan =
  | { do: "send" }
  /** Its fate is not settled yet: look again after so many milliseconds. */
  | { do: "wait"; delayMs: number }
  | { do: "time-out"; because: string }
  | { do: "doubt"; because: string };

/**
 * What to do with a command that somebody has claimed.
 *
 * One that was sent and has no reply may have been done: its answer was lost, or the process died. Nothing is decided before
 * the system's settle time has passed. Then a repeatable one is sent again under its key; any other is in doubt, for a person.
 */
export function planCommand(
  command: Pick<Command, "state" | "deadline" | "sentAt" | "attempts" | "operation" | "system">,
  limits: { repeatable: boolean; settleMs: number; maxAttempts: number },
  now: number,
): CommandPlan {
  const { operation, system, attempts } = command;
  const expired = command.deadline.getTime() <= now;
  if (command.state === "queued") {
    const because = `${system} did not do ${operation} by ${command.deadline.toISOString()}`;
    return expired ? { do: "time-out", because } : { do: "send" };
  }
  const settledAt = (command.sentAt?.getTime() ?? 0) + limits.settleMs;
  if (settledAt > now) return { do: "wait", delayMs: settledAt - now };
  const lost = `${operation} was sent to ${system} and got no answer that tells`;
  if (!limits.repeatable)
    return { do: "doubt", because: `${lost}; it cannot be repeated without being done twice` };
  if (attempts >= limits.maxAttempts) return { do: "doubt", because: `${lost}, ${attempts} times` };
  return expired ? { do: "doubt", because: `${lost} by its deadline` } : { do: "send" };
}
