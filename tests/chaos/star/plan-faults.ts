import { LIFE_STEPS, type LifeStep } from "../../../src/hub.ts";
import type { Mode } from "../modes.ts";
import type { Break } from "./breaks.ts";
import type { Place } from "./plan-edits.ts";
import { type Random, randomOf } from "./random.ts";

/** Faults of one lane never overlap; those of different lanes do. */
export type Lane = `hub ${number}` | "service" | "transport" | Place;
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
  | { kind: "edits committed late"; target: Place; edits: number; lateMs: number }
  | { kind: "late commits" | "down" | "slow"; target: Place; forMs: number }
);
/** `afterMs`: so long after it is up. */
type HubFault = { hub: number; afterMs: number } & (
  | { kind: "hub killed" }
  | { kind: "hub killed in a step"; step: LifeStep }
  | { kind: "hub killed with a create under way" }
  | { kind: "hub stopped past its leases"; forMs: number }
);
export type FaultKind = Fault["kind"];

/** How often a lane gets something to do, on average, in milliseconds. An embedded hub is alone, and away after each kill. */
const PACE = {
  embedded: { hub: 4800, service: 10_000, transport: 0, crm: 1000, erp: 1000 },
  distributed: { hub: 3700, service: 5000, transport: 900, crm: 1000, erp: 1000 },
};
/** Nothing is done before the first records are on their way. */
const FIRST_AT_MS = 1500;

/**
 * What is done to the star in a run of so many milliseconds: the same for the same seed, mode and number of hubs.
 *
 * @param without  What the hubs lack: what shows that is done more often, and nothing that hides it.
 */
export function planFaults(
  seed: number,
  mode: Mode,
  hubs: number,
  durationMs: number,
  without?: Break,
): Fault[] {
  const scope = { mode, durationMs };
  // Who dies before the other is up again leaves nobody to do at once what should not be done.
  const lanes = without === "intent" ? 1 : hubs;
  const turns = (without && TURNS_WITHOUT[without]) ?? HUB_TURNS;
  const pace = PACE[mode];
  const plan = (lane: Lane, everyMs: number, harm: Harm) =>
    planLane(lane, everyMs, harm, randomOf(seed, `${mode} ${lane}`), scope);
  // Whatever makes a hub look at a record again shows it what it has missed.
  if (without === "overlap")
    return [...plan("crm", pace.crm, lateEdits("crm")), ...plan("erp", pace.erp, lateEdits("erp"))];
  return [
    ...Array.from({ length: lanes }, (_, hub) =>
      plan(`hub ${hub + 1}`, pace.hub, hubHarm(hub, hubs, turns)),
    ).flat(),
    ...plan("service", pace.service, serviceHarm),
    ...(mode === "distributed" ? plan("transport", pace.transport, transportHarm) : []),
    ...plan("crm", pace.crm, systemHarm("crm")),
    ...plan("erp", pace.erp, systemHarm("erp")),
  ];
}

type Scope = { mode: Mode; durationMs: number };
type Draw = { mode: Mode; index: number };
/** What the index-th fault of a lane does. */
type Harm = (random: Random, draw: Draw) => object;

function planLane(
  lane: Lane,
  everyMs: number,
  harm: Harm,
  random: Random,
  { mode, durationMs }: Scope,
): Fault[] {
  const faults: Fault[] = [];
  for (let atMs = FIRST_AT_MS; atMs < durationMs; atMs += everyMs * (0.5 + random.next()))
    faults.push({ atMs, lane, ...harm(random, { mode, index: faults.length }) } as Fault);
  return faults;
}

type HubTurn = { kind: HubFault["kind"]; step?: LifeStep };

/** Each kind has its turn, so that a short run has them all. Once where a message is merged and nothing wished yet: only its flow knows what is left to do. */
const HUB_TURNS: readonly HubTurn[] = [
  { kind: "hub killed with a create under way" },
  { kind: "hub killed in a step", step: "merge" },
  { kind: "hub killed" },
  { kind: "hub killed with a create under way" },
  { kind: "hub killed in a step" },
  { kind: "hub stopped past its leases" },
];

const TURNS_WITHOUT: Partial<Record<Break, readonly HubTurn[]>> = {
  intent: [{ kind: "hub killed with a create under way" }],
  completion: [{ kind: "hub killed in a step", step: "merge" }],
};

/** Each hub begins with another turn; the step, and when, are drawn. */
function hubHarm(hub: number, hubs: number, turns: readonly HubTurn[]): Harm {
  return (random, { mode, index }) => {
    const turn = index + Math.floor((turns.length / hubs) * hub);
    const { kind, step } = turns[turn % turns.length] as HubTurn;
    const at = { kind, hub, afterMs: 200 + random.below(1000) };
    if (kind === "hub killed in a step") return { ...at, step: step ?? random.pick(LIFE_STEPS) };
    if (kind === "hub stopped past its leases") return { ...at, forMs: mode === "embedded" ? 5000 : 8000 };
    return at;
  };
}

function serviceHarm(random: Random, { mode, index }: Draw): object {
  const forMs = 200 + random.below(1500);
  if (mode === "embedded" || index % 7 === 6) return { kind: "disk of the store full", forMs };
  return { kind: (index % 7) % 2 === 0 ? "broker killed" : "database killed", forMs };
}

function transportHarm(random: Random): object {
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

/** Late edits again and again, anything else in between. */
function systemHarm(target: Place): Harm {
  const late = lateEdits(target);
  return (random, draw) => (draw.index % 3 === 1 ? late(random, draw) : mishap(random, target));
}

function lateEdits(target: Place): Harm {
  return (random) => {
    const [edits, lateMs] = [1 + random.below(3), 1100 + random.below(900)];
    return { kind: "edits committed late", target, edits, lateMs };
  };
}

function mishap(random: Random, target: Place): object {
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
    { kind: "answers swallowed", target, forMs: 3000 },
  ]);
}
