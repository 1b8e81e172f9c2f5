import { join } from "node:path";
import { type Access, openAccess } from "./access/access.ts";
import { type FlowPermits, flowPermits } from "./access/flow-permissions.ts";
import type { Log } from "./adapter-kit/contract.ts";
import { AlertWatcher } from "./alerts/watcher.ts";
import { CommandWorker } from "./commands/worker.ts";
import type { Config } from "./config/types.ts";
import { DeliveryWorker } from "./deliver/worker.ts";
import type { EditorHttp } from "./flows/editor/editor-settings.ts";
import { editorVersions } from "./flows/editor/editor-versions.ts";
import type { HubPort } from "./flows/hub-port.ts";
import type { FlowServices } from "./flows/node-api.ts";
import { type FlowOptions, type FlowRuntime, startFlows } from "./flows/runtime.ts";
import { serveFlows } from "./flows/serve-flows.ts";
import { readPath } from "./flows/tracking/path-on-record.ts";
import { ledgerInStore } from "./flows/versions/flow-ledger.ts";
import { WaitTimer } from "./flows/waits/wait-timer.ts";
import { apiRoutes } from "./http/api.ts";
import type { HttpFace } from "./http/face.ts";
import type { Hub, LifeStep, Mechanism } from "./hub.ts";
import { Notifier } from "./notify/notifier.ts";
import { openHub } from "./open-hub.ts";
import { InboundWorker } from "./receive/inbound-worker.ts";
import { Poller } from "./receive/poller.ts";
import { Sweeper } from "./receive/sweeper.ts";
import { Comparer } from "./reconcile/comparer.ts";
import { ROLES, type Role, refuseAlone } from "./roles.ts";
import { countWaiting } from "./store/waits.ts";
import { refreshSystems } from "./systems/refresh-systems.ts";
import { noteFlow, tracedPort, tracedRuntime } from "./telemetry/traces/traced-flows.ts";
import { tracedRequests } from "./telemetry/traces/traced-requests.ts";
import { Ticker } from "./ticker.ts";
import { countDeath } from "./watchdog/count-death.ts";
import { deathNoteFile } from "./watchdog/death-note.ts";
import { startWatchdog } from "./watchdog/watchdog.ts";

/** How soon a process without a sweeper follows what others put on record about the systems. */
const REFRESH_EVERY_MS = 1000;

export type HubOptions = {
  config: Config;
  log: Log;
  /** The port, opened by the caller for the role `api`: everything is served on it, the flow editor included. */
  http?: HttpFace;
  /** Called when a step of the journey has just been done; tests die there. */
  reached?: (step: LifeStep) => void;
  /** What this process does; default everything. The others are done by other processes on the same store and broker. */
  roles?: readonly Role[];
  /** What a test has switched off; absent: nothing. No configuration reaches this. */
  without?: ReadonlySet<Mechanism>;
  /** The store was put back from an older copy, though nothing beside it tells so. */
  restored?: boolean;
};

/** A hub at work. */
export type RunningHub = {
  hub: Hub;
  /** Where this process works or serves the editor. */
  flows?: FlowRuntime;
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
  const roles = options.roles ?? ROLES;
  refuseAlone(roles, config.hub);
  const hub = await openHub({ ...options, roles }, closers);
  const live: { flows?: FlowRuntime; pollers?: ReadonlyMap<string, Poller> } = {};
  const connected: Hub = {
    ...hub,
    takesChanged: (entity) => live.flows?.takes(entity, "changed") ?? false,
    reread: async (system, entity, localId) => {
      await live.pollers
        ?.get(system)
        ?.hint(entity, [localId])
        // A comparison finds what is not read again now.
        .catch((thrown: unknown) =>
          log.warn({ system, entity, localId, err: thrown }, "a record is not read again"),
        );
    },
  };
  const { permissions } = config.flows;
  const permits = flowPermits(permissions);
  const http = roles.includes("api") ? options.http : undefined;
  const door = http && { http, ...(await openAccess(hub.db, config.hub.dataDir, permissions)) };
  const runsFlows = roles.includes("work") || roles.includes("api");
  const flows = runsFlows ? await openFlows(connected, permits, door, live, closers) : undefined;
  if (flows && roles.includes("work")) await startWorkers(connected, flows, closers);
  const pollers = startPollers(connected, roles.includes("poll"), closers);
  live.pollers = pollers;
  if (flows && roles.includes("work")) startKeepers(connected, flows, closers);
  else startRefreshing(connected, closers);
  if (door && flows) {
    const routes = apiRoutes({ hub: connected, flows, pollers, access: door.access, permits });
    door.http.serve(connected.traces ? tracedRequests(routes, connected.traces) : routes);
    closers.push(async () => door.http.retire());
  }
  const firstPassword = door?.firstPassword;
  return {
    hub: connected,
    pollers,
    ...(flows ? { flows } : {}),
    ...(firstPassword === undefined ? {} : { firstPassword }),
    stop,
  };
}

/** The flows, with their editor where there is a door, and who watches over them. */
async function openFlows(
  hub: Hub,
  permits: FlowPermits,
  door: { http: HttpFace; access: Access } | undefined,
  live: { flows?: FlowRuntime },
  closers: (() => Promise<void>)[],
): Promise<FlowRuntime> {
  const { config, db } = hub;
  const flows = await startFlows({
    hub: portOf(hub),
    ledger: ledgerInStore(db),
    flowsDir: config.hub.flowsDir,
    userDir: join(config.hub.dataDir, "node-red"),
    log: hub.log,
    suggestions: suggestionsOf(hub),
    ended: countFlows(hub),
    permits,
    versions: editorVersions(hub, () => live.flows, permits),
    readWaits: () => countWaiting(db),
    readPath: (messageId) => readPath(db, messageId),
    ...(door ? { http: editorOn(door.http, door.access) } : {}),
  });
  live.flows = flows;
  closers.push(() => flows.stop());
  await watch(hub, flows, closers);
  return flows;
}

/** What looks after the rows: each of them does so in every worker, side by side. */
function startKeepers(hub: Hub, flows: FlowRuntime, closers: (() => Promise<void>)[]): void {
  const keepers = [
    new Sweeper(hub),
    new WaitTimer(hub, flows),
    new Notifier(hub),
    new AlertWatcher(hub),
    new Comparer(hub),
  ];
  for (const keeper of keepers) {
    keeper.start();
    closers.push(() => keeper.stop());
  }
}

/** In a worker the sweeper does this. */
function startRefreshing(hub: Hub, closers: (() => Promise<void>)[]): void {
  const ticker = new Ticker(async () => {
    await refreshSystems(hub).catch((thrown: unknown) =>
      hub.log.warn({ err: thrown }, "what is on record about the systems could not be read, trying again"),
    );
  }, REFRESH_EVERY_MS);
  ticker.start();
  closers.push(() => ticker.stop());
}

function countFlows({ meter, traces }: Hub): NonNullable<FlowOptions["ended"]> {
  return (flow, outcome) => {
    meter.counters.add("nave_flow_messages_total", { flow, outcome });
    if (traces) noteFlow(traces, flow, outcome);
  };
}

function portOf(hub: Hub): HubPort {
  const port = hub.without?.has("completion") ? settledWhenOpened(serveFlows(hub)) : serveFlows(hub);
  return hub.traces ? tracedPort(port, hub.traces) : port;
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
  const inbound = new InboundWorker(hub, hub.traces ? tracedRuntime(flows, hub.traces) : flows);
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
