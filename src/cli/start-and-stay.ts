import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openHttpFace } from "../http/face.ts";
import { type RunningHub, startHub } from "../main.ts";
import { createLog } from "../telemetry/log.ts";
import { readStatus } from "../telemetry/status.ts";
import { ADDRESS_FILE } from "./client.ts";
import { EXIT } from "./exit-codes.ts";
import { liveView } from "./live-view.ts";
import { runSandboxes, type Sandboxes } from "./sandbox/run-sandboxes.ts";
import type { Session } from "./session.ts";

export type StartOptions = { sandbox?: boolean; restored?: boolean };

/** Runs the hub in this process until it is told to stop; a second Ctrl-C does not wait for what is under way. */
export async function startAndStay(session: Session, options: StartOptions): Promise<void> {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (interrupted.signal.aborted) process.exit(EXIT.failed);
      interrupted.abort();
    });
  }
  const config = await session.config();
  const log = createLog();
  const http = await openHttpFace({ ...config.hub, log });
  let sandboxes: Sandboxes | undefined;
  let running: RunningHub | undefined;
  try {
    if (!session.json) console.log(`Nave is starting at ${http.url}`);
    sandboxes = options.sandbox ? await runSandboxes(config, http.url, log) : undefined;
    const restored = options.restored ?? false;
    running = await startHub({ config: sandboxes?.config ?? config, log, http, restored });
    await announceAddress(config.hub.dataDir, http.url);
    introduce(session, http.url, running, sandboxes);
    await watch(session, running, interrupted.signal);
  } finally {
    await running?.stop();
    await sandboxes?.stop();
    await http.close();
    await rm(join(config.hub.dataDir, ADDRESS_FILE), { force: true });
  }
  if (!session.json) console.log("Nave has stopped.");
}

/** For the command line on this machine; other commands find the hub by it. */
async function announceAddress(dataDir: string, url: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  await writeFile(join(dataDir, ADDRESS_FILE), `${url}\n`);
}

function introduce(
  session: Session,
  url: string,
  { firstPassword }: RunningHub,
  sandboxes: Sandboxes | undefined,
): void {
  const systems = (sandboxes?.ready ?? []).map((one) => ({ system: one.system, url: one.url }));
  const suggestions = (sandboxes?.ready ?? []).flatMap((one) => one.suggestions);
  const password = firstPassword === undefined ? {} : { account: "admin", password: firstPassword };
  const lines = [
    `  page      ${url}/`,
    `  editor    ${url}/editor/  (account admin)`,
    ...(firstPassword === undefined ? [] : [`  password  ${firstPassword}  (of admin; shown this once)`]),
    ...systems.map((one) => `  sandbox   ${one.system} at ${one.url}`),
    ...(suggestions.length > 0 ? ["", "Try it, in another terminal:"] : []),
    ...suggestions.flatMap(({ text, command }) => [`  # ${text}`, `  ${command}`]),
    "",
  ];
  if (session.json)
    console.log(JSON.stringify({ url, editor: `${url}/editor/`, ...password, systems, suggestions }));
  else console.log(lines.join("\n"));
}

async function watch(session: Session, { hub }: RunningHub, signal: AbortSignal): Promise<void> {
  if (!session.json) await liveView({ read: () => readStatus(hub), signal });
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}
