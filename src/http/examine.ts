import { statfs } from "node:fs/promises";
import type { JsonObject, Manifest } from "../adapter-kit/contract.ts";
import { NaveError } from "../errors.ts";
import type { FlowRuntime, FlowState } from "../flows/runtime.ts";
import type { Hub } from "../hub.ts";
import { inboundQueue, RESUMED_QUEUE } from "../receive/publish.ts";
import { selectAppliedMigrations } from "../store/migrate.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";
import { programVersion } from "../telemetry/program-version.ts";
import { readStatus, type Status } from "../telemetry/status.ts";

const HEALTH_WITHIN_MS = 10_000;
const STANDS_STILL_AFTER_SECONDS = 60;
const LITTLE_SPACE_MB = 500;

/** The state of a running hub, for whoever is asked why it does not do what it should. Holds no data and no secrets. */
export type Examination = {
  version: string;
  node: string;
  uptimeSeconds: number;
  memoryMb: number;
  freeDiskMb: number;
  store: { engine: string; migration: string };
  channels: { kind: string; waiting: Record<string, number | null> };
  systems: SystemExamination[];
  flows: FlowState[];
  /** How long the oldest unfinished message has been under way. */
  oldestPendingSeconds: number | null;
  status: Status;
  configuration: JsonObject;
  /** What a person should look at, one sentence each; empty: all is well. */
  findings: string[];
};

type SystemExamination = {
  name: string;
  adapter: string;
  answers: boolean;
  afterMs: number;
  version?: string;
  clockSkewMs?: number;
  text?: string;
};

export async function examine(hub: Hub, flows: FlowRuntime): Promise<Examination> {
  const systems = await Promise.all([...hub.systems.values()].map(examineSystem));
  const migration = (await selectAppliedMigrations(hub.db)).at(-1)?.name ?? "none";
  const { bavail, bsize } = await statfs(hub.config.hub.dataDir);
  const examination = {
    version: programVersion(),
    node: process.version,
    uptimeSeconds: Math.round(process.uptime()),
    memoryMb: Math.round(process.memoryUsage.rss() / 1e6),
    freeDiskMb: Math.round((bavail * bsize) / 1e6),
    store: { engine: hub.db.engine, migration },
    channels: { kind: hub.channels.kind, waiting: await readDepths(hub) },
    systems,
    flows: flows.versions(),
    oldestPendingSeconds: await readOldestPending(hub),
    status: await readStatus(hub),
    configuration: redactConfiguration(hub),
  };
  return { ...examination, findings: findingsOf(examination) };
}

async function examineSystem(system: ConnectedSystem): Promise<SystemExamination> {
  const base = { name: system.name, adapter: system.manifest.name };
  const before = Date.now();
  try {
    const health = await system.spoke.health(AbortSignal.timeout(HEALTH_WITHIN_MS));
    const afterMs = Date.now() - before;
    const skew =
      health.now === undefined ? undefined : Date.parse(health.now) - before - Math.round(afterMs / 2);
    return {
      ...base,
      answers: true,
      afterMs,
      ...(health.version === undefined ? {} : { version: health.version }),
      ...(skew === undefined ? {} : { clockSkewMs: skew }),
    };
  } catch (thrown) {
    const text = thrown instanceof NaveError ? `${thrown.code}: ${thrown.message}` : "its adapter failed";
    return { ...base, answers: false, afterMs: Date.now() - before, text };
  }
}

async function readDepths({ channels, model, systems }: Hub): Promise<Record<string, number | null>> {
  const queues = [
    ...model.entities.map((entity) => inboundQueue(entity)),
    RESUMED_QUEUE,
    ...[...systems.keys()].map((name) => `deliver.${name}`),
  ];
  const depths = await Promise.all(
    queues.map(async (queue) => [queue, (await channels.depth(queue)) ?? null] as const),
  );
  return Object.fromEntries(depths.filter(([, depth]) => depth !== 0));
}

async function readOldestPending({ db }: Hub): Promise<number | null> {
  const [row] = await db.query<{ seconds: number | null }>(
    `select extract(epoch from now() - min(created_at))::int as seconds from nave.message where state in ('accepted', 'waiting')`,
  );
  return row?.seconds ?? null;
}

/** The configuration without what an adapter declares secret, and without the credentials of addresses. */
function redactConfiguration({ config, systems }: Hub): JsonObject {
  const shown = structuredClone(config);
  for (const [name, system] of Object.entries(shown.systems)) {
    const manifest = systems.get(name)?.manifest;
    system.settings = Object.fromEntries(
      Object.entries(system.settings).map(([key, value]) => [
        key,
        isSecret(manifest, key) ? "(not shown)" : withoutCredentials(value),
      ]),
    );
  }
  for (const key of ["databaseUrl", "amqpUrl"] as const) {
    if (shown.hub[key] !== undefined) shown.hub[key] = withoutCredentials(shown.hub[key]);
  }
  const { mail, hooks } = shown.notifications;
  if (mail?.password !== undefined) mail.password = "(not shown)";
  for (const hook of Object.values(hooks)) {
    hook.url = new URL(hook.url).origin;
    hook.secret = "(not shown)";
  }
  return JSON.parse(JSON.stringify(shown)) as JsonObject;
}

function isSecret(manifest: Manifest | undefined, key: string): boolean {
  const properties = manifest?.settings["properties"] as Record<string, { writeOnly?: boolean }> | undefined;
  return properties?.[key]?.writeOnly === true || /secret|password|token|api-?key|credential/i.test(key);
}

function withoutCredentials<Value>(value: Value): Value | string {
  return typeof value === "string" ? value.replace(/\/\/[^/@\s]*@/, "//(not shown)@") : value;
}

function findingsOf(found: Omit<Examination, "findings">): string[] {
  const { status } = found;
  const findings = found.systems
    .filter((system) => !system.answers)
    .map((system) => `${system.name} does not answer: ${system.text}`);
  for (const flow of found.flows.filter((one) => one.state === "refused"))
    findings.push(`flow ${flow.name} is refused: ${flow.problems.join("; ")}`);
  if (status.deadLetters > 0)
    findings.push(`${status.deadLetters} dead letters wait for a person: nave dead list`);
  if (status.conflicts > 0)
    findings.push(`${status.conflicts} conflicts wait for a decision: nave conflicts list`);
  if (status.inDoubt > 0) findings.push(`the fate of ${status.inDoubt} writes is unknown: nave dead list`);
  if ((found.oldestPendingSeconds ?? 0) > STANDS_STILL_AFTER_SECONDS) {
    findings.push(`the oldest message has been under way for ${found.oldestPendingSeconds} s`);
  }
  if (found.freeDiskMb < LITTLE_SPACE_MB)
    findings.push(`only ${found.freeDiskMb} MB are free where the data directory lies`);
  return findings;
}
