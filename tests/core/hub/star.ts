import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer as startCrm } from "../../../adapters/sandbox-crm/simulator/server.ts";
import { type ErpOptions, startServer as startErp } from "../../../adapters/sandbox-erp/simulator/server.ts";
import {
  type SupplierOptions,
  startServer as startSupplier,
} from "../../../adapters/sandbox-scm/simulator/server.ts";
import type { SupplierSwitches } from "../../../adapters/sandbox-scm/simulator/switches.ts";
import type { SandboxOptions, SandboxServer } from "../../../src/adapter-kit/simulation/index.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import type { Config, EntityConfig, SystemConfig } from "../../../src/config/types.ts";
import { type HubOptions, type RunningHub, startHub } from "../../../src/main.ts";
import { countPending } from "../../../src/telemetry/counts.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import { freshDatabase } from "../../services/postgres.ts";
import { until } from "../../services/until.ts";

/** A hub between a sandbox CRM, a sandbox ERP and, where a test asks for it, a sandbox supplier, in this process, on stores and queues of its own. */
export type Star = {
  crm: SandboxServer;
  erp: SandboxServer;
  supplier?: SandboxServer<SupplierSwitches>;
  config: Config;
  running: RunningHub;
  /** Ends the hub; the systems and the store stay. */
  stopHub(): Promise<void>;
  startHub(how?: { restored?: boolean }): Promise<RunningHub>;
  /** Resolves when every poll has come round and nothing is pending. */
  quiet(timeoutMs?: number): Promise<void>;
  close(): Promise<void>;
};

export type StarOptions = {
  /** Default: embedded. PostgreSQL starts faster and works on both cores. */
  store?: "embedded" | "postgres";
  crm?: SandboxOptions;
  erp?: ErpOptions;
  /** Present: there is a supplier. */
  supplier?: SupplierOptions;
  systems?: Record<string, Partial<SystemConfig>>;
  entities?: Record<string, Partial<EntityConfig>>;
  hub?: Partial<Config["hub"]>;
  notifications?: Partial<Config["notifications"]>;
  telemetry?: Partial<Config["telemetry"]>;
  reached?: HubOptions["reached"];
  /** Default: standard error. */
  log?: HubOptions["log"];
  /** Called when the systems run and the hub does not yet. */
  seed?: (systems: Pick<Star, "crm" | "erp">) => Promise<void>;
};

const POLL_MS = 100;

export async function startStar(options: StarOptions = {}): Promise<Star> {
  const folder = await mkdtemp(join(tmpdir(), "nave-star-"));
  const crm = await startCrm(options.crm);
  const erp = await startErp(options.erp);
  const supplier = options.supplier && (await startSupplier(options.supplier));
  const servers = { crm, erp, ...(supplier && { supplier }) };
  const database = options.store === "postgres" ? await freshDatabase() : undefined;
  const config = starConfig(folder, servers, options);
  if (database) config.hub.databaseUrl = database.url;
  await options.seed?.(servers);
  const star: Star = {
    ...servers,
    config,
    running: await start(config, options),
    async stopHub() {
      await star.running.stop();
    },
    async startHub(how) {
      star.running = await start(config, { ...options, ...how });
      return star.running;
    },
    quiet: (timeoutMs) => quiet(star, timeoutMs),
    async close() {
      await star.running.stop();
      await Promise.all([star.crm.close(), star.erp.close(), supplier?.close(), database?.drop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
  return star;
}

function start(
  config: Config,
  { reached, log = createLog(), restored = false }: StarOptions & { restored?: boolean },
): Promise<RunningHub> {
  return startHub({ config, log, restored, ...(reached ? { reached } : {}) });
}

/** The demonstration's rules, with these systems, fast polls and short settle times. */
export function starConfig(
  folder: string,
  servers: Readonly<Record<string, Pick<SandboxServer, "settings">>>,
  options: StarOptions,
): Config {
  const config = loadConfig("nave.config.yaml", { NAVE_DATA: folder });
  const limits = { pollEveryMs: POLL_MS, settleMs: 600, overlapMs: 2000 };
  const system = ([name, server]: [string, Pick<SandboxServer, "settings">]): [string, SystemConfig] => {
    const base = config.systems[name];
    if (!base) throw new Error(`nave.config.yaml has no system ${name}`);
    const override = options.systems?.[name] ?? {};
    const merged = { ...base, ...override, settings: { ...server.settings, ...override.settings } };
    return [name, { ...merged, limits: { ...limits, ...override.limits } }];
  };
  return {
    hub: { ...config.hub, port: 0, ...options.hub },
    systems: Object.fromEntries(Object.entries(servers).map(system)),
    entities: { ...config.entities, ...(options.entities as Record<string, EntityConfig>) },
    notifications: { ...config.notifications, ...options.notifications },
    alerts: { ...config.alerts, rules: [] },
    telemetry: { ...config.telemetry, ...options.telemetry },
    flows: config.flows,
    environments: config.environments,
  };
}

/** Every source has been scanned from here on, twice, and nothing is pending: what happened before has arrived. */
async function quiet({ running, config }: Star, timeoutMs = 60_000): Promise<void> {
  const { db, systems } = running.hub;
  const sources = () =>
    [...systems.values()]
      .filter((system) => system.name in config.systems && !system.inShadow)
      .flatMap((system) =>
        system.entities.filter((entity) => system.takes(entity)).map((entity) => `${system.name}/${entity}`),
      );
  for (let round = 0; round < 2; round += 1) {
    const [now] = await db.query<{ now: Date }>("select clock_timestamp() as now");
    const scannedSince = async () => {
      const scanned = await db.query<{ source: string }>(
        "select system || '/' || entity as source from nave.checkpoint where scanned_at > $1",
        [now?.now.toISOString()],
      );
      const names = new Set(scanned.map(({ source }) => source));
      return sources().every((source) => names.has(source));
    };
    await until("every source has been scanned", scannedSince, timeoutMs);
    await until("nothing is pending", async () => (await countPending(db)) === 0, timeoutMs);
  }
}

/** How often something was written there other than by its own users. */
export async function hubWrites(server: SandboxServer): Promise<number> {
  const kinds = ["create", "update", "delete"];
  const byUsers = ["edit", "seed"];
  return (await server.ledger()).filter(
    (entry) => kinds.includes(entry.kind) && !byUsers.includes(entry.method),
  ).length;
}
