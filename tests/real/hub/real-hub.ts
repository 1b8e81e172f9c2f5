import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../../src/config/load-config.ts";
import type { Config, SystemConfig } from "../../../src/config/types.ts";
import { type RunningHub, startHub } from "../../../src/main.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import { freshDatabase } from "../../services/postgres.ts";
import { brokerUrl, deleteQueues, uniquePrefix } from "../../services/rabbitmq.ts";
import { untilQuiet } from "./until-quiet.ts";

/** A hub in this process on PostgreSQL and RabbitMQ, with a store and queues of its own, under the demonstration's rules. */
export type RealHub = {
  config: Config;
  running: RunningHub;
  stopHub(): Promise<void>;
  startHub(): Promise<RunningHub>;
  /** Resolves when every source has been read twice from here on and nothing is pending. */
  quiet(timeoutMs?: number): Promise<void>;
  close(): Promise<void>;
};

/** Only these systems of the demonstration, changed as given; their names stay, because the rules speak of them. */
export type RealHubOptions = {
  systems: Record<string, Partial<SystemConfig>>;
  /** Merged over the demonstration's, entity by entity. */
  entities?: Partial<Config["entities"]>;
  hub?: Partial<Config["hub"]>;
};

/** Comparing everything costs the real ERP dearly; tests that want it ask for it. */
const NEVER_MS = 3_600_000;

export async function startRealHub(options: RealHubOptions): Promise<RealHub> {
  const folder = await mkdtemp(join(tmpdir(), "nave-real-hub-"));
  const database = await freshDatabase();
  const queuePrefix = uniquePrefix();
  const store = { databaseUrl: database.url, amqpUrl: brokerUrl(), queuePrefix };
  const config = realConfig(folder, {
    ...options,
    hub: { ...store, reconcileAfterQuietMs: NEVER_MS, ...options.hub },
  });
  const start = () => startHub({ config, log: createLog() });
  const real: RealHub = {
    config,
    running: await start(),
    stopHub: () => real.running.stop(),
    async startHub() {
      real.running = await start();
      return real.running;
    },
    quiet: (timeoutMs) => untilQuiet(real.running, timeoutMs),
    async close() {
      await real.running.stop();
      await deleteQueues(queuePrefix, queuesOf(config));
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return real;
}

function realConfig(folder: string, { systems, entities, hub }: RealHubOptions): Config {
  const demonstration = loadConfig("nave.config.yaml", { NAVE_DATA: folder });
  const changed = Object.entries(systems).map(([name, change]): [string, SystemConfig] => {
    const base = demonstration.systems[name];
    if (base === undefined) throw new Error(`nave.config.yaml has no system ${name}`);
    return [name, { ...base, ...change }];
  });
  return {
    ...demonstration,
    hub: { ...demonstration.hub, port: 0, ...hub },
    systems: Object.fromEntries(changed),
    entities: { ...demonstration.entities, ...entities } as Config["entities"],
  };
}

function queuesOf({ systems }: Config): string[] {
  const entities = Object.values(systems).flatMap((system) => Object.keys(system.entities));
  return [
    ...new Set([...entities, "purchase-order"].map((entity) => `inbound.${entity}`)),
    ...Object.keys(systems).flatMap((name) => [`deliver.${name}`, `command.${name}`]),
  ];
}
