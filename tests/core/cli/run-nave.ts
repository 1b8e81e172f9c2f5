import { type ChildProcess, spawn } from "node:child_process";
import { vi } from "vitest";
import { run } from "../../../src/cli/run.ts";

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

/** Runs a command line in this process: the same program without the second that a process takes. One at a time. */
export async function naveHere(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      written[name] += String(text);
      return true;
    });
  }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    return { code: await run(["node", "nave", ...args]), ...written };
  } finally {
    process.exitCode = before;
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  }
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
