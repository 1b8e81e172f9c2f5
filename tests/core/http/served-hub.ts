import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "../../../adapters/sandbox-crm/simulator/server.ts";
import type { SandboxServer } from "../../../src/adapter-kit/simulation/index.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import type { Config, SystemConfig } from "../../../src/config/types.ts";
import { openHttpFace } from "../../../src/http/face.ts";
import { type RunningHub, startHub } from "../../../src/main.ts";
import { keptLog, type LogLine } from "../../services/kept-log.ts";
import { freshDatabase } from "../../services/postgres.ts";

/** A hub with its HTTP face, before one sandbox CRM, on a store of its own. */
export type ServedHub = {
  url: string;
  crm: SandboxServer;
  config: Config;
  running: RunningHub;
  /** The hub's own token, as the command line finds it. */
  token: string;
  lines: LogLine[];
  close(): Promise<void>;
};

export type ServedHubOptions = {
  /** PostgreSQL, the default, is there; an embedded store has to be started first. */
  store?: "embedded" | "postgres";
  system?: Partial<SystemConfig>;
  notifications?: Config["notifications"];
  hub?: Partial<Config["hub"]>;
  alerts?: Config["alerts"];
  telemetry?: Config["telemetry"];
  flows?: Config["flows"];
  environments?: Config["environments"];
  /** These of the flows shipped, in a folder of their own that may be changed; absent: all, where they lie. */
  copiedFlows?: string[];
};

export async function serveHub({
  store = "postgres",
  system = {},
  hub = {},
  copiedFlows,
  ...parts
}: ServedHubOptions = {}): Promise<ServedHub> {
  const folder = await mkdtemp(join(tmpdir(), "nave-http-"));
  const database = store === "postgres" ? await freshDatabase() : undefined;
  const crm = await startServer({ hookSecret: HOOK_SECRET });
  const env = { NAVE_DATA: folder, ...(database ? { DATABASE_URL: database.url } : {}) };
  const loaded = loadConfig("nave.config.yaml", env);
  const flowsDir = copiedFlows === undefined ? loaded.hub.flowsDir : join(folder, "flows");
  for (const flow of copiedFlows ?? [])
    await cp(join("flows", flow), join(flowsDir, flow), { recursive: true });
  const config = oneSystem(
    { ...loaded, alerts: NO_ALERTS, ...parts, hub: { ...loaded.hub, flowsDir, ...hub } },
    crm,
    system,
  );
  const { log, lines } = keptLog();
  const http = await openHttpFace({ host: "127.0.0.1", port: 0, log });
  const running = await startHub({ config, log, http });
  return {
    url: http.url,
    crm,
    config,
    running,
    token: (await readFile(join(folder, "admin-token"), "utf8")).trim(),
    lines,
    async close() {
      await running.stop();
      await http.close();
      await crm.close();
      await database?.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A test that counts what is told people is told nothing else. */
const NO_ALERTS: Config["alerts"] = { everyMs: 60_000, rules: [] };

export const HOOK_SECRET = "hook-secret-of-this-test";

function oneSystem(config: Config, crm: SandboxServer, overrides: Partial<SystemConfig>): Config {
  const base = config.systems["crm"];
  if (!base) throw new Error("nave.config.yaml has no system crm");
  const system = {
    ...base,
    settings: crm.settings,
    limits: { pollEveryMs: 200, settleMs: 500 },
    ...overrides,
  };
  return { ...config, hub: { ...config.hub, port: 0 }, systems: { crm: system } };
}

export type Answer = { status: number; headers: Headers; text: string; json: Record<string, unknown> };

/** One request; whatever is answered must be JSON or nothing. */
export async function ask(
  url: string,
  init: RequestInit & { token?: string; json?: unknown } = {},
): Promise<Answer> {
  const { token, json, ...rest } = init;
  const headers = new Headers(rest.headers);
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  if (json !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
  const body = json === undefined ? {} : { body: JSON.stringify(json), method: rest.method ?? "POST" };
  const response = await fetch(url, { ...rest, ...body, headers, redirect: "manual" });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : {} };
}
