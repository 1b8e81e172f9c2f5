import { setTimeout as sleep } from "node:timers/promises";
import type { Misbehaviour } from "../../../src/adapter-kit/simulation/index.ts";
import { until } from "../../services/until.ts";
import type { ErpSaves } from "./erp-saves.ts";
import type { People } from "./people.ts";
import type { Fault, FaultKind } from "./plan-faults.ts";
import { disturbQueue } from "./queues.ts";
import { HABITS, type Star } from "./star.ts";
import type { SupervisedHub } from "./supervised-hub.ts";

/** A fault as it went. */
export type Inflicted = {
  kind: FaultKind;
  /** The system, service, hub or queue that was hit. */
  target: string;
  /** When it began, and when its cause was gone; milliseconds since 1970. */
  from: number;
  to: number;
  /** Why it could not be done here; it is then no fault. */
  unavailable?: string;
  /** Of faults that have to meet something: whether they did. */
  hit?: boolean;
};

const WORKS_WITHIN_MS = 30_000;
const STEP_WITHIN_MS = 6000;
const WRITE_WITHIN_MS = 4000;
const EDITS_WITHIN_MS = 4000;
const LATE_COMMIT_MS = 1000;
const SLOW_MS = 400;
const DELAY_MS = 120;

/** A star and who works in its systems. */
export type Scene = { star: Star; people: People };

/**
 * Does to the star what the plan says, each lane in its own order, and hands over each fault when its cause is gone. A lane waits
 * until hubs have written something since its last fault: there would be nothing to harm. So a slow machine takes longer, and
 * misses nothing.
 */
export async function inflictAll(
  scene: Scene,
  faults: readonly Fault[],
  onFault: (fault: Inflicted) => void,
): Promise<void> {
  const started = performance.now();
  const lanes = Map.groupBy(faults, ({ lane }) => lane);
  await Promise.all(
    [...lanes.values()].map(async (lane) => {
      const { saves } = scene.star;
      let before = saves.count;
      for (const fault of lane) {
        const waitMs = started + fault.atMs - performance.now();
        if (waitMs > 0) await sleep(waitMs);
        await untilWritten(saves, before);
        const from = Date.now();
        const how = await inflict(scene, fault);
        onFault({ kind: fault.kind, target: targetOf(fault), from, to: Date.now(), ...how });
        before = saves.count;
      }
    }),
  );
}

type How = Pick<Inflicted, "unavailable" | "hit">;

async function inflict({ star, people }: Scene, fault: Fault): Promise<How> {
  switch (fault.kind) {
    case "hub killed":
    case "hub killed in a step":
    case "hub killed with a create under way":
    case "hub stopped past its leases":
      return harmHub(star, fault);
    case "broker killed":
      await star.broker?.kill();
      await sleep(fault.forMs);
      await star.broker?.start();
      return {};
    case "database killed":
      await star.database?.kill();
      await sleep(fault.forMs);
      await star.database?.start();
      return {};
    case "disk of the store full":
      return fillDisk(star, fault.forMs);
    case "queue purged":
    case "queue deleted":
    case "tickets doubled":
    case "tickets reordered":
      return { hit: await disturbQueue(star, fault.kind, fault.queue) };
    case "connections cut":
      star.relays[fault.target]?.cut();
      return {};
    case "connections half-closed":
      star.relays[fault.target]?.halfClose();
      return {};
    case "connections delayed":
    case "answers swallowed":
      return harmConnections(star, fault);
    case "edits committed late":
      await people.commitLate(fault.target, fault.edits, fault.lateMs, EDITS_WITHIN_MS);
      return {};
    default:
      return harmSystem(star, fault);
  }
}

async function harmHub(star: Star, fault: Extract<Fault, { hub: number }>): Promise<How> {
  const hub = star.hubs[fault.hub];
  if (!hub) throw new Error(`there is no hub ${fault.hub}`);
  await hub.ready();
  // What has just started gets to work before it is harmed again.
  await untilWritten(star.saves, star.saves.count);
  await sleep(fault.afterMs);
  switch (fault.kind) {
    case "hub killed":
      await hub.kill();
      return {};
    case "hub killed in a step":
      return { hit: await hub.killAt(fault.step, STEP_WITHIN_MS) };
    case "hub stopped past its leases":
      await hub.freeze(fault.forMs);
      return {};
    case "hub killed with a create under way":
      return { hit: await killCreating(star, hub) };
  }
}

/** The hub of which the ERP has a request that creates something; after a while without one, this one. The others are up, to take over. */
async function killCreating({ saves, hubs }: Star, otherwise: SupervisedHub): Promise<boolean> {
  await Promise.all(hubs.map((hub) => hub.ready()));
  const create = await saves.holdCreate(WRITE_WITHIN_MS);
  const [key] = create?.probeKeys ?? [];
  const claims = await Promise.all(
    hubs.map((hub) => (key === undefined ? false : hub.claims(key).catch(() => false))),
  );
  const writer = hubs.find((_, index) => claims[index]);
  await (writer ?? otherwise).kill();
  return writer !== undefined;
}

/** Until hubs have written more than so often, at most for a while: they may have nothing to write, or be waiting. */
async function untilWritten(saves: ErpSaves, before: number): Promise<void> {
  await until("hubs write", () => saves.count > before, WORKS_WITHIN_MS).catch(() => undefined);
}

async function fillDisk({ quota, database }: Star, forMs: number): Promise<How> {
  if (!quota) return { unavailable: "no file system of its own for the store: that takes root and Linux" };
  await quota.fill();
  await sleep(forMs);
  await quota.free();
  // It may have ended over it.
  if (database && !database.isUp) await database.start();
  return {};
}

async function harmConnections(
  { relays }: Star,
  { kind, target, forMs }: Extract<Fault, { kind: "connections delayed" | "answers swallowed" }>,
): Promise<How> {
  const relay = relays[target];
  if (kind === "connections delayed") relay?.delay(DELAY_MS);
  else relay?.silence(true);
  await sleep(forMs);
  relay?.heal();
  return {};
}

type SystemFault = Exclude<
  Extract<Fault, { target: unknown }>,
  { kind: `connections ${string}` | "answers swallowed" | "edits committed late" }
>;

async function harmSystem({ systems }: Star, fault: SystemFault): Promise<How> {
  const system = systems[fault.target];
  const during = async (harm: Partial<Misbehaviour>, forMs: number, after: Partial<Misbehaviour>) => {
    await system.misbehave(harm);
    await sleep(forMs);
    await system.misbehave(after);
  };
  switch (fault.kind) {
    case "429":
      await system.misbehave({ rateLimitNext: fault.requests, retryAfterSeconds: 1 });
      break;
    case "500":
      await system.misbehave({ brokenNext: fault.requests });
      break;
    case "401":
      await system.misbehave({ unauthorisedNext: fault.requests });
      break;
    case "empty page":
      await system.misbehave({ emptyPageNext: fault.requests });
      break;
    case "lost before the write":
      await system.misbehave({ lostBeforeWriteNext: fault.requests });
      break;
    case "lost after the write":
      await system.misbehave({ lostAfterWriteNext: fault.requests, commitAfterMs: fault.commitAfterMs });
      break;
    case "late commits":
      await during({ lateCommitMs: LATE_COMMIT_MS }, fault.forMs, { lateCommitMs: 0 });
      break;
    case "down":
      await during({ down: true }, fault.forMs, { down: false });
      break;
    case "slow":
      await during({ answerAfterMs: SLOW_MS }, fault.forMs, HABITS);
      break;
  }
  return {};
}

function targetOf(fault: Fault): string {
  if ("target" in fault) return fault.target;
  if ("hub" in fault) return `hub ${fault.hub + 1}`;
  if ("queue" in fault) return "broker";
  return fault.kind === "broker killed" ? "broker" : "database";
}
