import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { type Access, openAccess } from "./access/access.ts";
import { flowPermits } from "./access/flow-permissions.ts";
import type { Log } from "./adapter-kit/contract.ts";
import { loadModel } from "./canonical/model.ts";
import { openChannels } from "./channels/open-channels.ts";
import { CommandWorker } from "./commands/worker.ts";
import type { Config } from "./config/types.ts";
import { DeliveryWorker } from "./deliver/worker.ts";
import type { EditorHttp } from "./flows/editor/editor-settings.ts";
import { editorVersions } from "./flows/editor/editor-versions.ts";
import type { HubPort } from "./flows/hub-port.ts";
import type { FlowServices } from "./flows/node-api.ts";
import { type FlowRuntime, startFlows } from "./flows/runtime.ts";
import { serveFlows } from "./flows/serve-flows.ts";
import { readPath } from "./flows/tracking/path-on-record.ts";
import { ledgerInStore } from "./flows/versions/flow-ledger.ts";
import { WaitTimer } from "./flows/waits/wait-timer.ts";
import { apiRoutes } from "./http/api.ts";
import type { HttpFace } from "./http/face.ts";
import type { Hub, LifeStep, Mechanism } from "./hub.ts";
import { nameKnownRecords } from "./identity/names.ts";
import { Notifier } from "./notify/notifier.ts";
import { InboundWorker } from "./receive/inbound-worker.ts";
import { Poller } from "./receive/poller.ts";
import { Sweeper } from "./receive/sweeper.ts";
import { Comparer } from "./reconcile/comparer.ts";
import { insertAudit } from "./store/audit.ts";
import { forgetTakenIn, startCatchingUp } from "./store/checkpoints.ts";
import type { Database } from "./store/database.ts";
import { countLife } from "./store/lives.ts";
import { migrate } from "./store/migrate.ts";
import { openDatabase } from "./store/open-database.ts";
import { ensureSystems, selectSystemStates } from "./store/system-states.ts";
import { countWaiting } from "./store/waits.ts";
import { forgetOtherLives, heartbeat, releaseLeases, removeWorker } from "./store/workers.ts";
import { connectSystems } from "./systems/connect-systems.ts";
import { countDeath } from "./watchdog/count-death.ts";
import { deathNoteFile } from "./watchdog/death-note.ts";
import { startWatchdog } from "./watchdog/watchdog.ts";

const HEARTBEAT_MS = 2000;

export type HubOptions = {
  config: Config;
  log: Log;
  /** The port, opened by the caller: everything is served on it, the flow editor included. */
  http?: HttpFace;
  /** Called when a step of the journey has just been done; tests die there. */
  reached?: (step: LifeStep) => void;
  /** What a test has switched off; absent: nothing. No configuration reaches this. */
  without?: ReadonlySet<Mechanism>;
  /** What this process does besides; default everything. */
  polls?: boolean;
  /** The store was put back from an older copy, though nothing beside it tells so. */
  restored?: boolean;
};

/** A hub at work. */
export type RunningHub = {
  hub: Hub;
  flows: FlowRuntime;
  pollers: ReadonlyMap<string, Poller>;
  /** Of the account "admin", where this start has made it; shown once. */
  firstPassword?: string;
  /** Ends what is under way, then lets go of everything. */
  stop(): Promise<void>;
};

/** Builds the hub and sets it to work: the only place that opens and connects. */
export async function startHub(options: HubOptions): Promise<RunningHub> {
  const { config, log } = options;
  const closers: (() => Promise<void>)[] = [];
  const closeAll = async () => {
    for (const close of closers.reverse()) await close();
    closers.length = 0;
  };
  try {
    return await build(options, config, log, closers, closeAll);
  } catch (error) {
    await closeAll().catch(() => {});
    throw error;
  }
}

async function build(
  options: HubOptions,
  config: Config,
  log: Log,
  closers: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<RunningHub> {
  const hub = await openHub(options, closers);
  const live: { flows?: FlowRuntime; pollers?: ReadonlyMap<string, Poller> } = {};
  const connected: Hub = {
    ...hub,
    takesChanged: (entity) => live.flows?.takes(entity, "changed") ?? false,
    reread: (system, entity, localId) => live.pollers?.get(system)?.hint(entity, [localId]),
  };
  const { http } = options;
  const { permissions } = config.flows;
  const permits = flowPermits(permissions);
  const door = http && { http, ...(await openAccess(hub.db, config.hub.dataDir, permissions)) };
  const flows = await startFlows({
    hub: connected.without?.has("completion")
      ? settledWhenOpened(serveFlows(connected))
      : serveFlows(connected),
    ledger: ledgerInStore(connected.db),
    flowsDir: config.hub.flowsDir,
    userDir: join(config.hub.dataDir, "node-red"),
    log,
    suggestions: suggestionsOf(connected),
    permits,
    versions: editorVersions(connected, () => live.flows, permits),
    readWaits: () => countWaiting(connected.db),
    readPath: (messageId) => readPath(connected.db, messageId),
    ...(door ? { http: editorOn(door.http, door.access) } : {}),
  });
  live.flows = flows;
  closers.push(() => flows.stop());
  await watch(connected, flows, closers);
  await startWorkers(connected, flows, closers);
  const pollers = startPollers(connected, options.polls ?? true, closers);
  live.pollers = pollers;
  const sweeper = new Sweeper(connected);
  if (!connected.without?.has("sweeper")) sweeper.start();
  closers.push(() => sweeper.stop());
  const waits = new WaitTimer(connected, flows);
  waits.start();
  closers.push(() => waits.stop());
  const notifier = new Notifier(connected);
  notifier.start();
  closers.push(() => notifier.stop());
  const comparer = new Comparer(connected);
  comparer.start();
  closers.push(() => comparer.stop());
  if (door) {
    door.http.serve(apiRoutes({ hub: connected, flows, pollers, access: door.access, permits }));
    closers.push(async () => door.http.retire());
  }
  const firstPassword = door?.firstPassword;
  return { hub: connected, flows, pollers, ...(firstPassword === undefined ? {} : { firstPassword }), stop };
}

/** A hub without completion tracking: a message counts as done when its flow has begun. */
function settledWhenOpened(port: HubPort): HubPort {
  const open = async (messageId: string) => {
    const message = await port.open(messageId);
    if (message) await port.settle(messageId, () => ({ nodes: [], copies: [] }));
    return message;
  };
  return { ...port, open };
}

/** What the forms of nodes offer for choice. */
function suggestionsOf({ model, systems }: Hub): FlowServices["suggestions"] {
  const operations = [...systems.values()].flatMap((system) =>
    Object.entries(system.manifest.operations).map(([name, { kind, title }]) => ({
      system: system.name,
      name,
      kind,
      title,
    })),
  );
  return { entities: model.entities, systems: [...systems.keys()], operations };
}

function editorOn({ editorSlot, server }: HttpFace, access: Access): EditorHttp {
  return { app: editorSlot, server, adminRoot: "/editor", auth: access.editorAuth };
}

/** Store, transport and systems. */
async function openHub(options: HubOptions, closers: (() => Promise<void>)[]): Promise<Hub> {
  const { config, log } = options;
  const db = await openDatabase({
    url: config.hub.databaseUrl,
    dataDir: join(config.hub.dataDir, "store"),
    log,
  });
  closers.push(() => db.close());
  await migrate(db);
  const channels = await openChannels({ url: config.hub.amqpUrl, prefix: config.hub.queuePrefix, log });
  closers.push(() => channels.close());
  const model = loadModel();
  if (db.engine === "pglite") await forgetOtherLives(db);
  const { restored } = await countLife(db, config.hub.dataDir);
  await forgetTakenIn(db);
  if (restored || options.restored) await noticeRestore(db, log);
  await ensureSystems(db, Object.values(config.systems));
  const systems = await connectSystems(config, model, db, log);
  closers.push(async () => {
    for (const system of systems.values()) await system.spoke.close();
  });
  await nameKnownRecords({ db, systems });
  for (const state of await selectSystemStates(db)) systems.get(state.system)?.refresh(state);
  const workerId = `${hostname()}-${process.pid}-${randomBytes(3).toString("hex")}`;
  await heartbeat(db, workerId, "all");
  const beat = setInterval(() => void heartbeat(db, workerId, "all").catch(() => {}), HEARTBEAT_MS);
  closers.push(async () => {
    clearInterval(beat);
    await releaseLeases(db, workerId);
    await removeWorker(db, workerId);
  });
  const reached = options.reached ?? (() => {});
  return {
    config,
    db,
    channels,
    model,
    systems,
    log,
    workerId,
    takesChanged: () => false,
    reread: () => {},
    reached,
    ...(options.without && { without: options.without }),
  };
}

async function noticeRestore(db: Database, log: Log): Promise<void> {
  await startCatchingUp(db);
  await insertAudit(db, "the hub", "store restored", {});
  const text =
    "the store is older than its last use: every source is caught up with, and where systems disagree a conflict is recorded";
  log.warn({}, text);
}

/** Nothing is fed to a flow before it is known over what the life before has died. */
async function watch(hub: Hub, flows: FlowRuntime, closers: (() => Promise<void>)[]): Promise<void> {
  const { dataDir, watchdogMs } = hub.config.hub;
  const noteFile = deathNoteFile(dataDir);
  await countDeath(hub, noteFile);
  if (watchdogMs === 0) return;
  const watchdog = await startWatchdog({
    standStillMs: watchdogMs,
    noteFile,
    atWork: () => flows.atWork(),
    log: hub.log,
  });
  closers.push(() => watchdog.stop());
}

async function startWorkers(hub: Hub, flows: FlowRuntime, closers: (() => Promise<void>)[]): Promise<void> {
  const inbound = new InboundWorker(hub, flows);
  await inbound.start();
  closers.push(() => inbound.stop());
  for (const system of hub.systems.values()) {
    for (const worker of [new DeliveryWorker(hub, system), new CommandWorker(hub, system)]) {
      await worker.start();
      closers.push(() => worker.stop());
    }
  }
}

function startPollers(hub: Hub, start: boolean, closers: (() => Promise<void>)[]): Map<string, Poller> {
  const pollers = new Map<string, Poller>();
  for (const system of hub.systems.values()) {
    const poller = new Poller(hub, system);
    pollers.set(system.name, poller);
    if (start) poller.start();
    closers.push(() => poller.stop());
  }
  return pollers;
}
