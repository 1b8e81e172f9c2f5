import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { readAdminToken } from "../../src/access/admin-token.ts";
import { HubClient } from "../../src/cli/client.ts";
import { Child } from "./child.ts";
import type { Services } from "./services.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** With the rules and the matching of the demonstration. */
export const ENTITIES = ["customer", "product", "order"];
const FAR_AWAY_MS = 7 * 24 * 3_600_000;

export type HubPlan = {
  services: Services;
  /** As in nave.config.yaml. */
  systems: Record<string, object>;
  /** Folders with one flow each. */
  flows: readonly string[];
  hub?: object;
};

/** A hub as in production: `nave start` in a process of its own, with a configuration of its own. */
export type BenchHub = {
  client: HubClient;
  token: string;
  process: Child;
  end(): Promise<void>;
};

export async function startHub(plan: HubPlan): Promise<BenchHub> {
  const { hub, end } = await startProcesses(plan, []);
  return { ...hub, end };
}

/** The hub's processes that have no door, beside the one that has. */
export type BenchProcesses = { hub: Omit<BenchHub, "end">; workers: Child[]; end(): Promise<void> };

/** A hub of several processes, as `nave start --role` makes it: one that reads and serves, and so many that work. */
export function startRoles(plan: HubPlan, workers: number): Promise<BenchProcesses> {
  return startProcesses(plan, ["--role", "api,poll"], workers);
}

async function startProcesses(plan: HubPlan, roles: readonly string[], workers = 0): Promise<BenchProcesses> {
  const folder = await mkdtemp(join(tmpdir(), "nave-bench-"));
  const file = join(folder, "nave.config.yaml");
  await writeFile(file, JSON.stringify(await configuration(plan)));
  await mkdir(join(folder, "flows"));
  for (const flow of plan.flows)
    await cp(flow, join(folder, "flows", flow.split("/").at(-1) as string), { recursive: true });
  const start = (data: string, options: readonly string[]) =>
    new Child(
      [join(ROOT, "bin/nave"), "--json", "--config", file, "start", ...options],
      environment(join(folder, data)),
    );
  const children = [start("data", roles)];
  const end = async () => {
    await Promise.all(children.map((child) => child.end()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const [door] = children as [Child];
    const { url } = JSON.parse(await door.line()) as { url: string };
    for (let number = 1; number <= workers; number += 1)
      children.push(start(`worker-${number}`, ["--role", "work"]));
    await Promise.all(children.slice(1).map((child) => child.line()));
    const token = (await readAdminToken(join(folder, "data"))) ?? "";
    const hub = { client: new HubClient(url, token), token, process: door };
    return { hub, workers: children.slice(1), end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** The address of a flow of the repository. */
export function flowFolder(name: string): string {
  return join(ROOT, "flows", name);
}

/** What is configured counts, whatever the environment of the measurement says. */
function environment(dataDir: string): Record<string, string> {
  return {
    DATABASE_URL: "",
    AMQP_URL: "",
    NAVE_HOST: "",
    NAVE_PORT: "",
    NAVE_DATA: dataDir,
    NAVE_LOG: "warn",
  };
}

async function configuration({ services, systems, hub }: HubPlan): Promise<object> {
  const { entities } = parse(await readFile(join(ROOT, "nave.config.yaml"), "utf8")) as {
    entities: Record<string, object>;
  };
  return {
    hub: {
      port: 0,
      ...(services.databaseUrl === undefined ? {} : { databaseUrl: services.databaseUrl }),
      ...(services.amqpUrl === undefined ? {} : { amqpUrl: services.amqpUrl }),
      queuePrefix: services.prefix,
      adapterDirs: [join(ROOT, "bench/adapters")],
      // Comparisons are measured on their own.
      reconcileEveryMs: FAR_AWAY_MS,
      reconcileAfterQuietMs: FAR_AWAY_MS,
      ...hub,
    },
    systems,
    entities: Object.fromEntries(ENTITIES.map((name) => [name, entities[name] ?? {}])),
  };
}
