import { NaveError, toNaveError } from "../errors.ts";
import type { CallReply, CallRequest } from "../flows/hub-port.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";
import type { Operation } from "./operations.ts";

/** A query is answered while its message is in the flow, which may take a minute in all. */
const LONGEST_MS = 20_000;

/** Asks at once; what brings no answer in time, or cannot be asked just now, has timed out. */
export async function askQuery(operation: Operation, request: CallRequest): Promise<CallReply> {
  const { system, name } = operation;
  const { args, idempotencyKey } = request;
  try {
    const reply = await askNow(system, Math.min(request.deadlineMs, LONGEST_MS), (signal) =>
      operation.call(name, { args, idempotencyKey, signal }),
    );
    if (reply.kind === "done" || reply.kind === "refused") return reply;
    const after = reply.kind === "unavailable" ? reply.retryAfterMs : undefined;
    if (system.waitMs === 0) await system.unavailable(reply.text, after);
    return { kind: "timed-out", text: reply.text, retryAfterMs: system.waitMs };
  } catch (thrown) {
    const error = toNaveError(thrown);
    if (error.code !== "NAVE_SYSTEM_UNAVAILABLE" && error.disposition !== "pause") throw error;
    return { kind: "timed-out", text: error.message, retryAfterMs: system.waitMs };
  }
}

const PAUSED_MS = 5000;

/**
 * Asks a system something that changes nothing there: also one that is read-only, not one that is paused or down.
 *
 * @throws NAVE_SYSTEM_UNAVAILABLE, with the time to wait, when it cannot be asked or does not answer in time.
 */
export async function askNow<T>(
  system: ConnectedSystem,
  withinMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const waitMs = system.paused ? PAUSED_MS : system.waitMs;
  if (waitMs > 0) {
    const text = `${system.name} is ${system.paused ? "paused" : "not available"}`;
    throw new NaveError("NAVE_SYSTEM_UNAVAILABLE", text, { retryAfterMs: waitMs });
  }
  const limit = AbortSignal.timeout(withinMs);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const onLimit = (): void =>
    reject(new NaveError("NAVE_SYSTEM_UNAVAILABLE", `${system.name} did not answer within ${withinMs} ms`));
  limit.addEventListener("abort", onLimit);
  const answer = system.ask((signal) => work(AbortSignal.any([signal, limit])), limit);
  try {
    return await Promise.race([answer, late]);
  } finally {
    limit.removeEventListener("abort", onLimit);
    // Its turn may come when nobody waits any more.
    answer.catch(() => undefined);
    late.catch(() => undefined);
  }
}
