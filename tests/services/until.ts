import { setTimeout as sleep } from "node:timers/promises";

/** Waits until the condition holds, and fails naming it when it does not within the time. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`after ${timeoutMs} ms still not so: ${what}`);
    await sleep(10);
  }
}
