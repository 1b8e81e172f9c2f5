import { type ChildProcess, spawn } from "node:child_process";

export type Ended = { code: number | null; stdout: string; stderr: string };

/** Runs `bin/nave` as a user would, to its end. */
export function nave(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd = process.cwd(),
): Promise<Ended> {
  const { child, ended } = startNave(args, env, cwd);
  child.stdin?.end();
  return ended;
}

/** Runs `bin/nave` without waiting for its end. */
export function startNave(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd = process.cwd(),
): { child: ChildProcess; output: () => string; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [`${process.cwd()}/bin/nave`, ...args], {
    cwd,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, output: () => stdout + stderr, ended };
}
