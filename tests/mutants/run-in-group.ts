import { spawn } from "node:child_process";

/** How a program ended; `code` is -1 when it was killed because it took longer than it may. */
export type Ended = { code: number; timedOut: boolean; output: string };

/** Runs a program as the head of a process group, which is killed whole: at the time limit, and when this process ends. */
export async function runInGroup(
  command: string,
  args: readonly string[],
  { cwd, limitMs, env = {} }: { cwd: string; limitMs: number; env?: Record<string, string> },
): Promise<Ended> {
  const child = spawn(command, args, {
    cwd,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const kill = () => killGroup(child.pid);
  let [output, timedOut] = ["", false];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, limitMs);
  process.once("exit", kill);
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (exitCode) => resolve(exitCode ?? -1));
    });
    return { code, timedOut, output };
  } finally {
    clearTimeout(timer);
    process.off("exit", kill);
    kill();
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
