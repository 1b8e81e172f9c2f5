import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { JsonObject } from "../../adapter-kit/contract.ts";
import type { SandboxOptions, SandboxServer } from "../../adapter-kit/simulation/far-side.ts";

/** What the host is told about one sandbox. */
export type SandboxPlan = {
  system: string;
  /** The adapter's folder; its simulator lies in `simulator/server.ts`, its demonstration in `simulator/demo.ts`. */
  folder: string;
  /** Where the sandbox keeps its records. */
  dataDir: string;
  /** To be tried in this order; 0: any. */
  ports: number[];
  hookUrl: string;
  settings: JsonObject;
};

/** What `simulator/demo.ts` of an adapter may export. */
export type SandboxDemo = {
  /** How the sandbox works by itself, beyond what every start has. */
  options?: JsonObject;
  /** Fills an empty sandbox; called once. */
  seed?(server: SandboxServer): Promise<void>;
  /** What a person may try, as commands for a shell. */
  suggestions?(url: string): { text: string; command: string }[];
};

/** What the host tells when a sandbox is ready. */
export type SandboxReady = {
  system: string;
  url: string;
  settings: JsonObject;
  suggestions: { text: string; command: string }[];
};
export type HostMessage = { kind: "ready"; sandboxes: SandboxReady[] } | { kind: "failed"; text: string };

type Started = { plan: SandboxPlan; server: SandboxServer; demo: SandboxDemo };

/** Runs the sandboxes of a demonstration in this process until the parent goes. */
async function host(plans: readonly SandboxPlan[]): Promise<void> {
  const started: Started[] = [];
  for (const plan of plans) started.push(await start(plan));
  process.once("disconnect", () => void stop(started));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
  const sandboxes = started.map(({ plan, server, demo }) => ({
    system: plan.system,
    url: server.url,
    settings: server.settings,
    suggestions: demo.suggestions?.(server.url) ?? [],
  }));
  tell({ kind: "ready", sandboxes });
}

async function start(plan: SandboxPlan): Promise<Started> {
  await mkdir(plan.dataDir, { recursive: true });
  const module = (await import(pathToFileURL(join(plan.folder, "simulator", "server.ts")).href)) as {
    startServer(options: SandboxOptions & { folder: string }): Promise<SandboxServer>;
  };
  const demo = await loadDemo(plan.folder);
  const seeded = join(plan.dataDir, "seeded");
  const isFirst = !existsSync(seeded);
  // A start that was cut off while seeding begins anew: nobody has read the half of it.
  if (isFirst) await removeRecords(plan.dataDir);
  const options = {
    ...demo.options,
    file: join(plan.dataDir, "records.sqlite"),
    folder: join(plan.dataDir, "shared"),
    hookUrl: plan.hookUrl,
  };
  const server = await onFirstFreePort(plan.ports, (port) => module.startServer({ ...options, port }));
  if (isFirst) {
    await demo.seed?.(server);
    await writeFile(seeded, "");
  }
  return { plan, server, demo };
}

async function loadDemo(folder: string): Promise<SandboxDemo> {
  const file = join(folder, "simulator", "demo.ts");
  if (!existsSync(file)) return {};
  return ((await import(pathToFileURL(file).href)) as { demo: SandboxDemo }).demo;
}

async function removeRecords(dataDir: string): Promise<void> {
  await rm(dataDir, { recursive: true, force: true });
  await mkdir(dataDir, { recursive: true });
}

async function onFirstFreePort(
  ports: readonly number[],
  open: (port: number) => Promise<SandboxServer>,
): Promise<SandboxServer> {
  for (const port of ports.slice(0, -1)) {
    try {
      return await open(port);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
  return open(ports.at(-1) ?? 0);
}

async function stop(started: readonly Started[]): Promise<void> {
  await Promise.all(started.map(({ server }) => server.close()));
  process.exit(0);
}

function tell(message: HostMessage): void {
  process.send?.(message);
}

process.once("message", (plans: SandboxPlan[]) => {
  host(plans).catch((error: unknown) => {
    tell({ kind: "failed", text: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
    process.disconnect();
  });
});
