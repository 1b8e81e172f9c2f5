import { startServer as startCrm } from "../../../adapters/sandbox-crm/simulator/server.ts";
import { startServer as startErp } from "../../../adapters/sandbox-erp/simulator/server.ts";
import type { Misbehaviour, SandboxServer } from "../../../src/adapter-kit/simulation/index.ts";
import type { Config } from "../../../src/config/types.ts";
import type { Mechanism } from "../../../src/hub.ts";
import { starConfig } from "../../core/hub/star.ts";
import { TcpProxy } from "../../services/tcp-proxy.ts";
import type { Mode } from "../modes.ts";
import type { Break } from "./breaks.ts";
import { ErpSaves } from "./erp-saves.ts";
import { type HookRelay, startHookRelay } from "./hook-relay.ts";
import { OwnBroker } from "./own-broker.ts";
import { OwnDatabase } from "./own-database.ts";
import { type OwnFolder, ownFolder } from "./own-folder.ts";
import type { Place } from "./plan-edits.ts";
import type { Target } from "./plan-faults.ts";
import { mountQuota, type Quota } from "./quota.ts";
import { randomOf } from "./random.ts";
import { SupervisedHub, type UnexpectedEnd } from "./supervised-hub.ts";

/** Hubs, systems and services of one run, all its own, with a relay in each connection. */
export type Star = {
  mode: Mode;
  hubs: SupervisedHub[];
  systems: Record<Place, SandboxServer>;
  saves: ErpSaves;
  relays: Partial<Record<Target, TcpProxy>>;
  broker?: OwnBroker;
  database?: OwnDatabase;
  /** Absent: the disk of the store cannot be filled here. */
  quota?: Quota;
  unexpectedEnds: UnexpectedEnd[];
  close(): Promise<void>;
};

/**
 * Between writes and polls the systems are quick; a request may take its time to commit, and what people do may, which they
 * declare: longer than a write is ever held up here, shorter than a run.
 */
const LIMITS = { pollEveryMs: 200, timeoutMs: 2500, settleMs: 11_000, overlapMs: 4000 };
/** A hub may be held up for as long as its time-out before it sends what it has put on record; the commit itself may be late. */
const LATEST_CREATE_MS = LIMITS.settleMs - LIMITS.timeoutMs - 1500;
const FULL_SCAN_EVERY_MS = 3000;
/** What people work on; without flows that nothing goes through, the hub looks at each of these the more often. */
const ENTITIES = {
  customer: { take: true, give: true },
  product: { take: true, give: true },
  order: { take: true, give: true },
};
/** So few that tickets wait at the broker, where something can be done to them. */
const PREFETCH = 8;
const REPUBLISH_AFTER_MS = 4000;
const NEVER_MS = 365 * 24 * 3_600_000;
const QUOTA_MB = 400;
const QUOTA_MB_PER_MINUTE = 40;
/** Natural keys are not guarded by the systems: what is sent twice is there twice. */
export const HABITS: Partial<Misbehaviour> = { duplicateAs: "silence", answerAfterMs: 15 };

export type StarOptions = {
  mode: Mode;
  seed: number;
  hubs: number;
  minutes: number;
  without: Break | undefined;
};

/** @throws ServiceMissing when a program that a run needs is not there. */
export async function startStar(options: StarOptions): Promise<Star> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    const failures: unknown[] = [];
    for (const one of closers.splice(0).reverse()) await one().catch((error) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, "the star could not be taken down in order");
  };
  try {
    return { ...(await build(options, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(
  options: StarOptions,
  closers: (() => Promise<unknown>)[],
): Promise<Omit<Star, "close">> {
  const { mode, minutes } = options;
  const folder = await ownFolder();
  closers.push(async () => folder.remove());
  const store = await folder.make("store");
  const quota = await mountQuota(store, QUOTA_MB + QUOTA_MB_PER_MINUTE * minutes);
  const unexpectedEnds: UnexpectedEnd[] = [];
  const hubs = Array.from(
    { length: options.hubs },
    (_, index) =>
      new SupervisedHub(`hub ${index + 1}`, folder.environment, (end) => unexpectedEnds.push(end)),
  );
  const hooks = await startHookRelay(() => hubs.map(({ url }) => url).find((url) => url !== undefined));
  closers.push(() => hooks.close());
  const saves = new ErpSaves(LATEST_CREATE_MS);
  const systems = await startSystems(hooks, saves, closers);
  const services = mode === "distributed" ? await startServices(folder, store, options, closers) : undefined;
  const relays = await startRelays(systems, services, closers);
  closers.push(() => Promise.all(hubs.map((hub) => hub.halt())));
  for (const [index, hub] of hubs.entries()) {
    const dataDir = mode === "embedded" ? store : await folder.make(`hub-${index + 1}`);
    const config = configOf(dataDir, systems, relays, services, options);
    hub.start({ config, without: mechanisms(options.without), takesHooks: index === 0 });
  }
  return {
    mode,
    hubs,
    systems,
    saves,
    relays: Object.fromEntries(Object.entries(relays).map(([name, { proxy }]) => [name, proxy])),
    ...services,
    ...(quota && { quota }),
    unexpectedEnds,
  };
}

async function startSystems(
  hooks: HookRelay,
  { before }: ErpSaves,
  closers: (() => Promise<unknown>)[],
): Promise<Star["systems"]> {
  const options = { keepsValues: true, misbehave: HABITS };
  const crm = await startCrm({ ...options, hookUrl: hooks.url });
  closers.push(() => crm.close());
  const erp = await startErp({ ...options, before });
  closers.push(() => erp.close());
  return { crm, erp };
}

type Services = { broker: OwnBroker; database: OwnDatabase };

async function startServices(
  folder: OwnFolder,
  store: string,
  { seed }: StarOptions,
  closers: (() => Promise<unknown>)[],
): Promise<Services> {
  const ports = randomOf(seed ^ process.pid, "ports");
  const making = [OwnDatabase.make(store, folder.environment, ports), OwnBroker.make(folder, ports)] as const;
  const [database, broker] = await Promise.all(making);
  closers.push(() => database.stop());
  closers.push(() => broker.stop());
  return { broker, database };
}

type Relayed = { proxy: TcpProxy; url: string };

async function startRelays(
  { crm, erp }: Star["systems"],
  services: Services | undefined,
  closers: (() => Promise<unknown>)[],
): Promise<Partial<Record<Target, Relayed>>> {
  const urls = {
    crm: crm.url,
    erp: erp.url,
    ...(services && { broker: services.broker.url, database: services.database.url }),
  };
  const relays = await Promise.all(
    Object.entries(urls).map(async ([name, url]) => [name, await TcpProxy.before(url, 80)] as const),
  );
  for (const [, { proxy }] of relays) closers.push(() => proxy.stop());
  return Object.fromEntries(relays);
}

function configOf(
  dataDir: string,
  systems: Star["systems"],
  { crm, erp, broker, database }: Partial<Record<Target, Relayed>>,
  services: Services | undefined,
  { without }: StarOptions,
): Config {
  const limits = { ...LIMITS, ...(without === "overlap" && { overlapMs: 0 }) };
  const shared = services && { databaseUrl: database?.url ?? "", amqpUrl: broker?.url ?? "" };
  return starConfig(dataDir, systems, {
    hub: {
      prefetch: PREFETCH,
      republishAfterMs: REPUBLISH_AFTER_MS,
      // A comparison would find what was missed, and hide it from the oracle.
      reconcileEveryMs: NEVER_MS,
      reconcileAfterQuietMs: NEVER_MS,
      ...shared,
    },
    systems: {
      crm: {
        settings: { url: addressOf(crm) },
        limits,
        entities: ENTITIES,
        fullScanEveryMs: FULL_SCAN_EVERY_MS,
      },
      erp: { settings: { url: `${addressOf(erp)}/soap` }, limits, entities: ENTITIES },
    },
  });
}

function addressOf(relay: Relayed | undefined): string {
  return (relay?.url ?? "").replace(/\/$/, "");
}

function mechanisms(without: Break | undefined): Mechanism[] {
  return without === undefined || without === "overlap" ? [] : [without];
}

/** Everything is as it should be again: relays, systems, services, hubs. */
export async function heal(star: Star): Promise<void> {
  const { relays, systems, saves, broker, database, quota, hubs } = star;
  await quota?.free();
  for (const relay of Object.values(relays)) relay.heal();
  const well: Partial<Misbehaviour> = {
    down: false,
    lateCommitMs: 0,
    brokenNext: 0,
    rateLimitNext: 0,
    unauthorisedNext: 0,
    emptyPageNext: 0,
    lostBeforeWriteNext: 0,
    lostAfterWriteNext: 0,
    commitAfterMs: 0,
    ...HABITS,
  };
  await Promise.all(Object.values(systems).map((system) => system.misbehave(well)));
  if (database && !database.isUp) await database.start();
  if (broker && !(await broker.answers())) await broker.start();
  await Promise.all([saves.released(), ...hubs.map((hub) => hub.ready())]);
}
