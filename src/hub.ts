import type { Log } from "./adapter-kit/contract.ts";
import type { Model } from "./canonical/types.ts";
import type { Channels } from "./channels/channel.ts";
import type { Config } from "./config/types.ts";
import type { Database } from "./store/database.ts";
import type { ConnectedSystem } from "./systems/connected-system.ts";
import type { Meter } from "./telemetry/metrics/meter.ts";
import type { Traces } from "./telemetry/traces/traces.ts";

/** The moments at which a process may die; each has its test. */
export const LIFE_STEPS = [
  "accept",
  "merge",
  "route",
  "intent",
  "sent",
  "answered",
  "committed",
  "acknowledged",
] as const;
/** Those of a message that waits: it has been handed over, and it has gone on with a message of its own. */
const WAIT_STEPS = ["waiting", "resumed"] as const;
export type LifeStep = (typeof LIFE_STEPS | typeof WAIT_STEPS)[number];

/** What the chaos tests switch off, one at a time, to see that they notice. */
export type Mechanism = "sweeper" | "intent" | "echo" | "completion";

/** What every part of the hub works with; built once in main.ts. */
export type Hub = {
  config: Config;
  db: Database;
  channels: Channels;
  model: Model;
  systems: ReadonlyMap<string, ConnectedSystem>;
  log: Log;
  /** Counts what happens in this process; scrapes and alerts read it. */
  meter: Meter;
  /** Absent: traces are off. */
  traces?: Traces;
  /** This process, in claims and leases. */
  workerId: string;
  /** Whether a live flow takes changes of canonical records of this entity. */
  takesChanged: (entity: string) => boolean;
  /** Has a record read again soon, by whichever process reads its system. */
  reread: (system: string, entity: string, localId: string) => Promise<void>;
  /** Called when a step of the journey has just been done; tests die here. */
  reached: (step: LifeStep) => void;
  /** What tests have switched off; absent: nothing. */
  without?: ReadonlySet<Mechanism>;
};
