import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Log } from "./adapter-kit/contract.ts";
import { loadModel } from "./canonical/model.ts";
import { countTickets } from "./channels/count-tickets.ts";
import { openChannels } from "./channels/open-channels.ts";
import type { Config } from "./config/types.ts";
import type { Hub, LifeStep, Mechanism } from "./hub.ts";
import { nameKnownRecords } from "./identity/names.ts";
import { giveLifeSigns } from "./life-signs.ts";
import type { Role } from "./roles.ts";
import { insertAudit } from "./store/audit.ts";
import { forgetTakenIn, startCatchingUp } from "./store/checkpoints.ts";
import type { Database } from "./store/database.ts";
import { countLife } from "./store/lives.ts";
import { migrate } from "./store/migrate.ts";
import { openDatabase } from "./store/open-database.ts";
import { ensureSystems } from "./store/system-states.ts";
import { forgetOtherLives } from "./store/workers.ts";
import { connectSystems } from "./systems/connect-systems.ts";
import { refreshSystems } from "./systems/refresh-systems.ts";
import { Meter } from "./telemetry/metrics/meter.ts";
import { tracedChannels } from "./telemetry/traces/traced-channels.ts";
import type { Traces } from "./telemetry/traces/traces.ts";

type OpenOptions = {
  config: Config;
  log: Log;
  roles: readonly Role[];
  reached?: (step: LifeStep) => void;
  without?: ReadonlySet<Mechanism>;
  restored?: boolean;
};

/**
 * Store, transport and systems, opened and migrated; no work is begun yet.
 *
 * @param closers  Is given what closes each of them, in the order in which they were opened.
 */
export async function openHub(options: OpenOptions, closers: (() => Promise<void>)[]): Promise<Hub> {
  const { config, log, roles } = options;
  const workerId = `${hostname()}-${process.pid}-${randomBytes(3).toString("hex")}`;
  const traces = await openTracesIf(config, workerId, log);
  if (traces) closers.push(() => traces.stop());
  const db = await openDatabase({
    url: config.hub.databaseUrl,
    dataDir: join(config.hub.dataDir, "store"),
    log,
  });
  closers.push(() => db.close());
  await migrate(db);
  const meter = new Meter(db, log);
  closers.push(async () => meter.stop());
  const opened = await openChannels({ url: config.hub.amqpUrl, prefix: config.hub.queuePrefix, log });
  const { channels, finished } = countTickets(traces ? tracedChannels(opened, traces) : opened);
  closers.push(() => channels.close());
  const model = loadModel();
  if (db.engine === "pglite") await forgetOtherLives(db);
  const { restored } = await countLife(db, config.hub.dataDir);
  await forgetTakenIn(db);
  if (restored || options.restored) await noticeRestore(db, log);
  await ensureSystems(db, Object.values(config.systems));
  const systems = await connectSystems(config, model, db, log, traces);
  closers.push(async () => {
    for (const system of systems.values()) await system.spoke.close();
  });
  await nameKnownRecords({ db, systems });
  await refreshSystems({ db, systems });
  closers.push(await giveLifeSigns(db, workerId, roles, finished));
  const reached = options.reached ?? (() => {});
  return {
    config,
    db,
    channels,
    model,
    systems,
    log,
    meter,
    ...(traces && { traces }),
    workerId,
    takesChanged: () => false,
    reread: async () => {},
    reached,
    ...(options.without && { without: options.without }),
  };
}

/** Loaded only where it is wanted: with traces off nothing of OpenTelemetry's SDK is in the process. */
async function openTracesIf({ telemetry }: Config, workerId: string, log: Log): Promise<Traces | undefined> {
  if (!telemetry.traces.on) return undefined;
  const { openTraces } = await import("./telemetry/traces/open-traces.ts");
  return openTraces(telemetry.traces, workerId, log);
}

async function noticeRestore(db: Database, log: Log): Promise<void> {
  await startCatchingUp(db);
  await insertAudit(db, "the hub", "store restored", {});
  const text =
    "the store is older than its last use: every source is caught up with, and where systems disagree a conflict is recorded";
  log.warn({}, text);
}
