import { once } from "node:events";
import type { Debugger } from "node:inspector";
import { Session } from "node:inspector/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** What the main thread executes. */
export type Seen = {
  /** What the expression gave there. */
  value: unknown;
  /** The innermost calls, `function (script:line)`. */
  stack: string[];
};

const LONGEST_LOOK_MS = 3000;
const CALLS_SHOWN = 5;

/**
 * Stops the main thread for a moment in whatever it executes, and evaluates an expression there, in the asynchronous context of
 * what it executes. From another thread only, and also when its event loop stands still, in a function that never returns.
 *
 * @returns undefined when it could not be stopped in time: it is inside native code.
 */
export async function lookAtMainThread(expression: string): Promise<Seen | undefined> {
  const session = new Session();
  try {
    return await Promise.race([look(session, expression), sleep(LONGEST_LOOK_MS, undefined)]);
  } finally {
    // Lets the main thread go on, too.
    session.disconnect();
  }
}

async function look(session: Session, expression: string): Promise<Seen | undefined> {
  const scripts = new Map<string, string>();
  session.on("Debugger.scriptParsed", ({ params }) => scripts.set(params.scriptId, params.url));
  try {
    session.connectToMainThread();
    const stopped = once(session, "Debugger.paused");
    await session.post("Debugger.enable");
    await session.post("Debugger.pause");
    const [{ params }] = (await stopped) as [{ params: Debugger.PausedEventDataType }];
    const { result } = await session.post("Runtime.evaluate", { expression, returnByValue: true });
    const calls = params.callFrames.slice(0, CALLS_SHOWN).map(({ functionName, location }) => {
      const script = scripts.get(location.scriptId) ?? "";
      return `${functionName || "anonymous"} (${script}:${location.lineNumber + 1})`;
    });
    return { value: result.value, stack: calls };
  } catch {
    // There is no inspector in this Node, or the session was closed: the time was up.
    return undefined;
  }
}
