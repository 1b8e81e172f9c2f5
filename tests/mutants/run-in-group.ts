import { spawn } from "node:child_process";

/** How a program ended; `code` is -1 when it was killed. */
export type Ended = { code: number; timedOut: boolean; output: string };

export type Limits = {
  cwd: string;
  limitMs: number;
  env?: Record<string, string>;
  /** Asked for the output so far whenever there is more; once it is enough, the program has `graceMs` left. */
  isEnough?: (output: string) => boolean;
  graceMs?: number;
};

/** Runs a program as the head of a process group, which is killed whole: at its limits, and when this process ends. */
export async function runInGroup(
  command: string,
  args: readonly string[],
  { cwd, limitMs, env = {}, isEnough = () => false, graceMs = 0 }: Limits,
): Promise<Ended> {
  const child = spawn(command, args, {
    cwd,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const kill = () => killGroup(child.pid);
  let [output, timedOut] = ["", false];
  const limit = setTimeout(() => {
    timedOut = true;
    kill();
  }, limitMs);
  let grace: NodeJS.Timeout | undefined;
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      output += String(chunk);
      if (grace === undefined && isEnough(output)) grace = setTimeout(kill, graceMs);
    });
  process.once("exit", kill);
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (exitCode) => resolve(exitCode ?? -1));
    });
    return { code, timedOut, output };
  } finally {
    clearTimeout(limit);
    clearTimeout(grace);
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
