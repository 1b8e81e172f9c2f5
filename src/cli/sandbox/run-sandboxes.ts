import { type ChildProcess, fork } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Log } from "../../adapter-kit/contract.ts";
import type { Config, SystemConfig } from "../../config/types.ts";
import { CliError, EXIT } from "../exit-codes.ts";
import type { HostMessage, SandboxPlan, SandboxReady } from "./sandbox-host.ts";

const HOST = fileURLToPath(new URL("sandbox-host.ts", import.meta.url));
const READY_WITHIN_MS = 60_000;
const RESTART_AFTER_MS = 500;
/** Adapters of products may have simulators too, for their tests: only what is called a sandbox is ever put in a system's place. */
const SANDBOX_NAME = "sandbox-";

export type Sandboxes = {
  ready: readonly SandboxReady[];
  /** The configuration with the sandboxes as they really run. */
  config: Config;
  stop(): Promise<void>;
};

/**
 * Runs the configured systems that are sandboxes, in one process beside the hub: their records lie below
 * `<dataDir>/sandbox`, are generated at the first start and kept. A process that dies is started again.
 */
export async function runSandboxes(config: Config, hubUrl: string, log: Log): Promise<Sandboxes> {
  const plans = planSandboxes(config, hubUrl);
  if (plans.length === 0) {
    throw new CliError(EXIT.usage, "the configuration has no sandbox to run", {
      accepts: `systems whose adapter is called ${SANDBOX_NAME}..., such as sandbox-crm`,
    });
  }
  let stopping = false;
  let child = startHost();
  let ready = await readyFrom(child, plans);
  await keepPorts(config, ready);
  watch();
  return {
    ready,
    config: withSettings(config, ready),
    async stop() {
      stopping = true;
      await endHost(child);
    },
  };

  /** The hub knows the sandboxes by their addresses: they come back on the ports they had. */
  function watch(): void {
    child.once("exit", (code, signal) => {
      if (stopping) return;
      log.error({ code, signal }, "the sandboxes died; starting them again");
      setTimeout(() => {
        if (stopping) return;
        child = startHost();
        watch();
        const same = plans.map((plan) => ({ ...plan, ports: [portOf(ready, plan.system)] }));
        readyFrom(child, same).then(
          (again) => {
            ready = again;
          },
          (error: unknown) => log.error({}, `the sandboxes did not come back: ${String(error)}`),
        );
      }, RESTART_AFTER_MS);
    });
  }
}

/** What is to run in whose place: systems with an adapter that is a sandbox; all others stay as they are configured. */
export function planSandboxes(config: Config, hubUrl: string): SandboxPlan[] {
  const kept = readPorts(config);
  return Object.values(config.systems).flatMap((system) => {
    if (!system.adapter.startsWith(SANDBOX_NAME)) return [];
    const folder = config.hub.adapterDirs
      .map((dir) => join(dir, system.adapter))
      .find((dir) => existsSync(join(dir, "simulator", "server.ts")));
    if (folder === undefined) return [];
    const ports = [kept[system.name], configuredPort(system), 0].filter((port) => port !== undefined);
    const dataDir = join(sandboxFolder(config), system.name);
    return [
      {
        system: system.name,
        folder,
        dataDir,
        ports,
        hookUrl: `${hubUrl}/hooks/${system.name}`,
        settings: system.settings,
      },
    ];
  });
}

function configuredPort({ settings }: SystemConfig): number | undefined {
  const { url } = settings;
  if (typeof url !== "string" || !URL.canParse(url)) return undefined;
  return Number(new URL(url).port) || undefined;
}

/** Settings that the configuration names and the sandbox does not stay as they are. */
function withSettings(config: Config, ready: readonly SandboxReady[]): Config {
  const systems = Object.entries(config.systems).map(([name, system]) => {
    const settings = ready.find((one) => one.system === name)?.settings ?? {};
    return [name, { ...system, settings: { ...system.settings, ...settings } }];
  });
  return { ...config, systems: Object.fromEntries(systems) as Config["systems"] };
}

function startHost(): ChildProcess {
  // A group of its own, so that Ctrl-C reaches the hub first, which then stops this.
  return fork(HOST, [], { stdio: ["ignore", "ignore", "inherit", "ipc"], detached: true });
}

function readyFrom(child: ChildProcess, plans: readonly SandboxPlan[]): Promise<SandboxReady[]> {
  return new Promise((resolve, reject) => {
    const fail = (text: string) => reject(new CliError(EXIT.failed, `the sandboxes do not start: ${text}`));
    const timer = setTimeout(() => fail("no answer"), READY_WITHIN_MS);
    child.once("exit", (code) => fail(`their process ended with ${code}`));
    child.on("message", (message: HostMessage) => {
      clearTimeout(timer);
      if (message.kind === "ready") resolve(message.sandboxes);
      else fail(message.text);
    });
    child.send(plans);
  });
}

async function endHost(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  if (child.connected) child.disconnect();
  await ended;
}

const sandboxFolder = (config: Config) => join(config.hub.dataDir, "sandbox");
const portsFile = (config: Config) => join(sandboxFolder(config), "ports.json");

function readPorts(config: Config): Record<string, number> {
  try {
    return JSON.parse(readFileSync(portsFile(config), "utf8")) as Record<string, number>;
  } catch {
    return {};
  }
}

/** So that the second start finds the systems where the first one had them. */
async function keepPorts(config: Config, ready: readonly SandboxReady[]): Promise<void> {
  await mkdir(sandboxFolder(config), { recursive: true });
  const ports = Object.fromEntries(ready.map((one) => [one.system, portOf(ready, one.system)]));
  await writeFile(portsFile(config), `${JSON.stringify(ports)}\n`);
}

function portOf(ready: readonly SandboxReady[], system: string): number {
  const url = ready.find((one) => one.system === system)?.url;
  return url === undefined ? 0 : Number(new URL(url).port);
}
