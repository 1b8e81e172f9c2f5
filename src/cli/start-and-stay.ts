import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { NaveError } from "../errors.ts";
import { type HttpFace, openHttpFace } from "../http/face.ts";
import { type RunningHub, startHub } from "../main.ts";
import { isWhole, type Role, refuseAlone } from "../roles.ts";
import { createLog } from "../telemetry/log.ts";
import { readStatus } from "../telemetry/status.ts";
import { ADDRESS_FILE } from "./client.ts";
import { EXIT } from "./exit-codes.ts";
import { liveView } from "./live-view.ts";
import { runSandboxes, type Sandboxes } from "./sandbox/run-sandboxes.ts";
import type { Session } from "./session.ts";

export type StartOptions = { sandbox?: boolean; restored?: boolean; roles: readonly Role[] };

/** By so much V8 may let old objects grow over those in use before it looks. Left to itself it takes a third more memory. */
const HEAP_GROWS_BY_PERCENT = 70;

/** Runs the hub in this process until it is told to stop; a second Ctrl-C does not wait for what is under way. */
export async function startAndStay(session: Session, options: StartOptions): Promise<void> {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWS_BY_PERCENT}`);
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (interrupted.signal.aborted) process.exit(EXIT.failed);
      interrupted.abort();
    });
  }
  const { roles } = options;
  const config = await session.config();
  refuseAlone(roles, config.hub);
  if (options.sandbox) refuseSandboxOfParts(roles);
  const log = createLog();
  const http = roles.includes("api") ? await openHttpFace({ ...config.hub, log }) : undefined;
  let sandboxes: Sandboxes | undefined;
  let running: RunningHub | undefined;
  try {
    if (!session.json) console.log(`Nave is starting${http ? ` at ${http.url}` : ""}${inWords(roles)}`);
    sandboxes = options.sandbox && http ? await runSandboxes(config, http.url, log) : undefined;
    const restored = options.restored ?? false;
    const face = http ? { http } : {};
    running = await startHub({ config: sandboxes?.config ?? config, log, ...face, roles, restored });
    if (http) await announce(session, config.hub.dataDir, http, running, sandboxes);
    else if (session.json) console.log(JSON.stringify({ roles }));
    else
      console.log("Nave is at work; `nave status`, where a process has the role api, shows how it gets on.");
    await watch(session, running, isWhole(roles), interrupted.signal);
  } finally {
    await running?.stop();
    await sandboxes?.stop();
    await http?.close();
    if (http) await rm(join(config.hub.dataDir, ADDRESS_FILE), { force: true });
  }
  if (!session.json) console.log("Nave has stopped.");
}

const inWords = (roles: readonly Role[]) => (isWhole(roles) ? "" : `, as ${roles.join(" and ")}`);

/** Each process would run its own. */
function refuseSandboxOfParts(roles: readonly Role[]): void {
  if (isWhole(roles)) return;
  throw new NaveError("NAVE_CONFIG_INVALID", `--sandbox does not go with --role ${roles.join(",")}`, {
    field: "--sandbox",
    accepts:
      "a hub that does everything in one process; several processes need systems that all of them reach",
  });
}

async function announce(
  session: Session,
  dataDir: string,
  { url }: HttpFace,
  running: RunningHub,
  sandboxes: Sandboxes | undefined,
): Promise<void> {
  await announceAddress(dataDir, url);
  introduce(session, url, running, sandboxes);
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

/** A whole hub is watched until all sides agree. */
async function watch(
  session: Session,
  { hub }: RunningHub,
  isWholeHub: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (!session.json && isWholeHub) await liveView({ read: () => readStatus(hub), signal });
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}
