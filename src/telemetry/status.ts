import type { Hub } from "../hub.ts";
import { latestComparisons } from "../store/reconciliations.ts";
import type { SystemState } from "../store/system-states.ts";
import { selectSystemStates } from "../store/system-states.ts";
import { selectLiveWorkers } from "../store/workers.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";
import {
  countBySystem,
  countForPersons,
  countPending,
  type EntityCounts,
  type PersonCounts,
} from "./counts.ts";

/** The stable answer of `nave status --json` and `GET /api/status`: no names, no data. */
export type Status = {
  /** Nothing pending, and the last full comparison of every system's contents, made since, found no difference. */
  inSync: boolean;
  /** When the oldest of those comparisons ended; RFC 3339 UTC. */
  comparedAt: string | null;
  systems: Record<string, Record<string, EntityCounts>>;
  deadLetters: number;
  inDoubt: number;
  conflicts: number;
  /** Questions of flows that nobody has decided yet. */
  approvals: number;
  /** Those that have given a sign of life within the last seconds, the oldest first. */
  processes: HubProcess[];
};

/** One process of the hub. */
export type HubProcess = {
  roles: string[];
  /** Left out for whoever has not signed in. */
  host?: string;
  /** Host, process id and a random part; left out like the host. */
  id?: string;
  /** RFC 3339 UTC. */
  since: string;
  /** What it alone does as long as it lives: `poll.<system>`, `compare`. */
  leases: string[];
  /** Processor time since its start. */
  cpuMs: number;
  /** What it has taken from the queues since its start. */
  tickets: number;
};

export async function readStatus(hub: Hub): Promise<Status> {
  // Asked at once: on the embedded store each waits its turn behind the hub's own work.
  const [counts, persons, pending, { comparedAt, clean }, workers] = await Promise.all([
    countBySystem(hub.db),
    countForPersons(hub.db),
    countPending(hub.db),
    lastComparison(hub),
    selectLiveWorkers(hub.db),
  ]);
  return {
    inSync: pending === 0 && clean,
    comparedAt: comparedAt?.toISOString() ?? null,
    systems: perSystem(hub, (system) => perEntity(system, counts)),
    deadLetters: persons.deadLetters,
    inDoubt: persons.inDoubt,
    conflicts: persons.conflicts,
    approvals: persons.approvals,
    processes: workers.map(({ role, since, ...worker }) => ({
      ...worker,
      roles: role.split(","),
      since: since.toISOString(),
    })),
  };
}

export type StarSystem = {
  name: string;
  title: string;
  adapter: string;
  role: string;
  state: "ok" | "down" | "paused" | "recovery" | "shadow" | "read-only";
  lastError?: string;
  retryAt?: string;
  entities: Record<string, EntityCounts>;
};
export type Star = {
  systems: StarSystem[];
  persons: PersonCounts;
  /** Messages whose flow completed within the last ten seconds. */
  settledLately: number;
};

/** The star with its spokes, for the page. */
export async function readStar(hub: Hub): Promise<Star> {
  const [counts, persons, known, settledLately] = await Promise.all([
    countBySystem(hub.db),
    countForPersons(hub.db),
    selectSystemStates(hub.db),
    countSettledLately(hub),
  ]);
  const states = new Map(known.map((state) => [state.system, state]));
  return {
    systems: [...hub.systems.values()].map((system) => starSystem(system, states.get(system.name), counts)),
    persons,
    settledLately,
  };
}

async function countSettledLately(hub: Hub): Promise<number> {
  const [lately] = await hub.db.query<{ count: number }>(
    "select count(*)::int as count from nave.message where state = 'settled' and settled_at > now() - interval '10 seconds'",
  );
  return lately?.count ?? 0;
}

function starSystem(
  system: ConnectedSystem,
  state: SystemState | undefined,
  counts: (system: string, entity: string) => EntityCounts,
): StarSystem {
  return {
    name: system.name,
    title: system.config.title,
    adapter: system.manifest.name,
    role: system.manifest.role,
    state: stateOf(state),
    ...(state?.lastError ? { lastError: state.lastError } : {}),
    ...(state?.retryAt ? { retryAt: state.retryAt.toISOString() } : {}),
    entities: perEntity(system, counts),
  };
}

function stateOf(state: SystemState | undefined): StarSystem["state"] {
  if (state?.pausedBy) return "paused";
  if (state && state.failures > 0) return "down";
  if (state?.recoverySince) return "recovery";
  if (state?.shadowMode) return "shadow";
  return state?.readOnly ? "read-only" : "ok";
}

function perSystem<T>(hub: Hub, make: (system: ConnectedSystem) => T): Record<string, T> {
  return Object.fromEntries([...hub.systems.values()].map((system) => [system.name, make(system)]));
}

function perEntity(system: ConnectedSystem, counts: (system: string, entity: string) => EntityCounts) {
  return Object.fromEntries(system.entities.map((entity) => [entity, counts(system.name, entity)]));
}

/** Clean only if every entity that is read from a system has been compared, without a difference, since it last changed. */
async function lastComparison(hub: Hub): Promise<{ comparedAt: Date | null; clean: boolean }> {
  const latest = await latestComparisons(hub.db);
  const wanted = [...hub.systems.values()]
    .filter((system) => !system.inShadow)
    .flatMap((system) =>
      system.entities.filter((entity) => system.takes(entity)).map((entity) => `${system.name}/${entity}`),
    );
  const made = wanted.map((name) => latest.get(name));
  const times = made.flatMap((one) => (one ? [one.finishedAt] : []));
  const comparedAt =
    times.length === wanted.length && times.length > 0 ? new Date(Math.min(...times.map(Number))) : null;
  const clean = comparedAt !== null && made.every((one) => one && one.differences === 0 && !one.changedSince);
  return { comparedAt, clean };
}
