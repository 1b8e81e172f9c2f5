import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import type {
  ChangesPage,
  EntityCapability,
  JsonObject,
  Log,
  Manifest,
  Observation,
  Spoke,
  WriteOutcome,
  WriteRequest,
} from "../../src/adapter-kit/contract.ts";
import { loadAdapter } from "../../src/adapter-kit/load-adapters.ts";
import { loadManifest } from "../../src/adapter-kit/load-manifest.ts";
import type { Misbehaviour } from "../../src/adapter-kit/simulation/misbehaviour.ts";
import type { Harness, Started } from "./harness.ts";

const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The first start of a real product on a machine may install it. */
const SET_UP_MS = 600_000;

export type Overrides = {
  settings?: (settings: JsonObject) => JsonObject;
  manifest?: (manifest: Manifest) => Manifest;
};

/** A connected adapter and its far side, fresh for every test (for a real product: the same for all of them). */
export class Bed {
  readonly harness: Harness;
  readonly folder: string;
  readonly manifest: Manifest;
  readonly entities: readonly string[];
  started!: Started;
  spoke!: Spoke;
  readonly #spokes: Spoke[] = [];
  #references: Record<string, string> = {};
  // Samples must be new to a real product that remembers earlier runs.
  #n = Math.floor(Date.now() / 1000) % 1_000_000_000;

  constructor(harness: Harness) {
    this.harness = harness;
    this.folder = fileURLToPath(harness.folder).replace(/\/$/, "");
    this.manifest = loadManifest(this.folder);
    this.entities = harness.entities ?? Object.keys(this.manifest.entities);
  }

  /** Registers the hooks that start and close the far side around every test of the surrounding `describe`. */
  hooks(): void {
    const start = async () => {
      this.started = await this.harness.start();
      this.#references = {};
      this.spoke = await this.connect();
    };
    const stop = async () => {
      for (const spoke of this.#spokes.splice(0)) await spoke.close();
      await this.started.close();
    };
    if (this.harness.shared === true) {
      beforeAll(start, SET_UP_MS);
      afterAll(stop);
    } else {
      beforeEach(start);
      afterEach(stop);
    }
  }

  /** Another connection to the same far side. */
  async connect({ settings, manifest }: Overrides = {}): Promise<Spoke> {
    const { connect } = await loadAdapter(this.folder);
    const spoke = await connect({
      system: "tested",
      settings: settings?.(this.started.settings) ?? this.started.settings,
      manifest: manifest?.(this.manifest) ?? this.manifest,
      log: SILENT,
    });
    this.#spokes.push(spoke);
    return spoke;
  }

  capability(entity: string): EntityCapability {
    const capability = this.manifest.entities[entity];
    if (!capability) throw new Error(`the manifest has no entity ${entity}`);
    return capability;
  }

  has(...misbehaviours: (keyof Misbehaviour)[]): boolean {
    return misbehaviours.every((name) => this.harness.misbehaviours.includes(name));
  }

  misbehave(changes: Partial<Misbehaviour>): Promise<void> {
    if (!this.started.misbehave) throw new Error("the harness declares misbehaviours and offers no switch");
    return this.started.misbehave(changes);
  }

  nextNumber(): number {
    this.#n += 1;
    return this.#n;
  }

  /** A new, valid body; the records it refers to are put there first. */
  async sample(entity: string, n = this.nextNumber()): Promise<JsonObject> {
    for (const earlier of this.entities.slice(0, this.entities.indexOf(entity))) {
      this.#references[earlier] ??= await this.insert(earlier);
    }
    return this.harness.sample(entity, n, this.#references);
  }

  async samples(entity: string, count: number): Promise<JsonObject[]> {
    const bodies: JsonObject[] = [];
    for (let index = 0; index < count; index += 1) bodies.push(await this.sample(entity));
    return bodies;
  }

  /** Puts a record there as a person would, past the adapter. */
  async insert(entity: string): Promise<string> {
    return this.started.far.insert(entity, await this.sample(entity));
  }

  async create(entity: string, bodies: JsonObject[], spoke = this.spoke): Promise<WriteOutcome[]> {
    const requests = bodies.map(
      (body): WriteRequest => ({ kind: "create", probeKey: this.probeKey(), body }),
    );
    return spoke.write(entity, requests, signal());
  }

  probeKey(): string {
    return `probe-${this.nextNumber()}`;
  }

  async readOne(entity: string, localId: string, spoke = this.spoke): Promise<Observation> {
    const [observation] = await spoke.read(entity, [localId], signal());
    if (!observation) throw new Error(`${entity} ${localId} is not there`);
    return observation;
  }

  /** An update as the hub makes it, from what was read just now. */
  async updateOf(entity: string, localId: string, changes: JsonObject): Promise<WriteRequest> {
    const { native: held, lockToken } = await this.readOne(entity, localId);
    const lock = lockToken === undefined ? {} : { lockToken };
    return { kind: "update", localId, probeKey: this.probeKey(), changes, held, ...lock };
  }
}

export type Scan = { pages: ChangesPage[]; observations: Observation[]; checkpoint: JsonObject };

/** A whole scan; fails when its last page brings no checkpoint. */
export async function scan(
  spoke: Spoke,
  entity: string,
  checkpoint?: JsonObject,
  full = false,
): Promise<Scan> {
  const pages: ChangesPage[] = [];
  const request = { full, signal: signal(), ...(checkpoint && { checkpoint }) };
  for await (const page of spoke.changes(entity, request)) pages.push(page);
  const last = pages.at(-1)?.checkpoint;
  if (!last) throw new Error("the scan ended without a checkpoint");
  return { pages, observations: pages.flatMap(({ observations }) => observations), checkpoint: last };
}

export function idsOf(observations: readonly Observation[]): string[] {
  return observations.map(({ localId }) => localId);
}

/** The local ids of a batch; fails naming the first outcome that is not `written`. */
export function writtenIds(outcomes: readonly WriteOutcome[]): string[] {
  return outcomes.map((outcome, index) => {
    if (outcome.kind === "written") return outcome.localId;
    throw new Error(`outcome ${index} is ${JSON.stringify(outcome)}`);
  });
}

export function signal(): AbortSignal {
  return AbortSignal.timeout(60_000);
}
