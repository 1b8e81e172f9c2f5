import { LIFE_STEPS, type LifeStep } from "../../../src/hub.ts";
import type { Mode } from "../modes.ts";
import type { Place } from "./plan-edits.ts";
import { type Random, randomOf } from "./random.ts";

/** Faults of one lane never overlap; those of different lanes do. */
export type Lane = "hub" | "service" | "transport" | "crm" | "erp";
export type Target = "broker" | "database" | Place;

/** What is done to whom. Durations in milliseconds. */
export type Fault = { atMs: number; lane: Lane } & (
  | HubFault
  | { kind: "broker killed" | "database killed"; forMs: number }
  | { kind: "disk of the store full"; forMs: number }
  | { kind: "connections cut" | "connections half-closed"; target: Target }
  | { kind: "connections delayed" | "answers swallowed"; target: Target; forMs: number }
  | { kind: "queue purged" | "queue deleted" | "tickets doubled" | "tickets reordered"; queue: number }
  | { kind: "429" | "500" | "401" | "lost before the write" | "empty page"; target: Place; requests: number }
  | { kind: "lost after the write"; target: Place; requests: number; commitAfterMs: number }
  | { kind: "late commits" | "down" | "slow"; target: Place; forMs: number }
);
/** `afterMs`: so long after it is up. */
type HubFault = { hub: number; afterMs: number } & (
  | { kind: "hub killed" }
  | { kind: "hub killed in a step"; step: LifeStep }
  | { kind: "hub killed with a write under way"; commitAfterMs: number }
  | { kind: "hub stopped past its leases"; forMs: number }
);
export type FaultKind = Fault["kind"];

/** How often a lane gets something to do, on average, in milliseconds. */
const PACE: Record<Lane, number> = { hub: 2600, service: 5000, transport: 900, crm: 1300, erp: 1300 };
/** Nothing is done before the first records are on their way. */
const FIRST_AT_MS = 1500;

/** What is done to the star in a run of so many milliseconds: the same for the same seed, mode and number of hubs. */
export function planFaults(seed: number, mode: Mode, hubs: number, durationMs: number): Fault[] {
  const lanes: readonly Lane[] =
    mode === "distributed" ? ["hub", "service", "transport", "crm", "erp"] : ["hub", "service", "crm", "erp"];
  return lanes.flatMap((lane) =>
    planLane(lane, randomOf(seed, `${mode} ${lane}`), { mode, hubs, durationMs }),
  );
}

type Scope = { mode: Mode; hubs: number; durationMs: number };

function planLane(lane: Lane, random: Random, { mode, hubs, durationMs }: Scope): Fault[] {
  const faults: Fault[] = [];
  // An embedded hub is away after each kill; more than one service at a time would only be waited for.
  const pace = PACE[lane] * (mode === "embedded" && lane === "service" ? 2 : 1);
  const draw = {
    hub: hubFault,
    service: serviceFault,
    transport: transportFault,
    crm: systemFault,
    erp: systemFault,
  };
  for (let atMs = FIRST_AT_MS; atMs < durationMs; atMs += pace * (0.5 + random.next()))
    faults.push({ atMs, lane, ...draw[lane](random, { lane, mode, hubs, index: faults.length }) } as Fault);
  return faults;
}

type Draw = { lane: Lane; mode: Mode; hubs: number; index: number };

/** Most often where a message has been merged and nothing is wished yet: only its flow knows what is left to do. */
const STEPS: readonly LifeStep[] = [...LIFE_STEPS, "merge", "route", "merge"];

/** Each kind has its turn, so that a short run has them all; who is hit, and where, is drawn. */
function hubFault(random: Random, draw: Draw): object {
  return { hub: random.below(draw.hubs), afterMs: 200 + random.below(1500), ...hubHarm(random, draw) };
}

function hubHarm(random: Random, { mode, index }: Draw): object {
  if (index % 12 === 6)
    return { kind: "hub stopped past its leases", forMs: mode === "embedded" ? 6000 : 12_000 };
  if (index % 3 === 0) return { kind: "hub killed" };
  if (index % 3 === 1)
    return { kind: "hub killed with a write under way", commitAfterMs: 4500 + random.below(2000) };
  return { kind: "hub killed in a step", step: random.pick(STEPS) };
}

function serviceFault(random: Random, { mode, index }: Draw): object {
  const forMs = 200 + random.below(1500);
  if (mode === "embedded" || index % 7 === 6) return { kind: "disk of the store full", forMs };
  return { kind: (index % 7) % 2 === 0 ? "broker killed" : "database killed", forMs };
}

function transportFault(random: Random): object {
  const target = random.pick(["broker", "database"] as const);
  const queue = random.below(1000);
  const forMs = 300 + random.below(700);
  return random.pick([
    { kind: "connections cut", target },
    { kind: "connections half-closed", target },
    { kind: "connections delayed", target, forMs },
    { kind: "queue purged", queue },
    { kind: "queue deleted", queue },
    { kind: "tickets doubled", queue },
    { kind: "tickets reordered", queue },
  ]);
}

function systemFault(random: Random, { lane }: Draw): object {
  const target = lane as Place;
  const requests = 1 + random.below(3);
  const forMs = 300 + random.below(900);
  return random.pick([
    { kind: "429", target, requests },
    { kind: "500", target, requests },
    { kind: "401", target, requests: 1 },
    { kind: "empty page", target, requests },
    { kind: "lost before the write", target, requests },
    { kind: "lost after the write", target, requests, commitAfterMs: 0 },
    { kind: "lost after the write", target, requests: 1, commitAfterMs: 200 + random.below(1500) },
    { kind: "late commits", target, forMs: 3 * forMs },
    { kind: "down", target, forMs },
    { kind: "slow", target, forMs },
    { kind: "connections cut", target },
    { kind: "connections half-closed", target },
    { kind: "connections delayed", target, forMs },
    { kind: "answers swallowed", target, forMs: 4000 },
  ]);
}
