import { setTimeout as sleep } from "node:timers/promises";
import type { Observation } from "../adapter-kit/contract.ts";
import type { EntityType } from "../canonical/types.ts";
import type { Hub } from "../hub.ts";
import { resolveAllReferences } from "../identity/references.ts";
import { makeStorable } from "../receive/storable.ts";
import { readCheckpoint } from "../store/checkpoints.ts";
import type { Finding, Totals } from "../store/reconciliations.ts";
import { type RecordName, selectMarks } from "../store/record-marks.ts";
import { selectLiveUnwished } from "../store/shadows.ts";
import { selectHeldWishes } from "../store/wishes.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";
import { type Beliefs, readBeliefs } from "./beliefs.ts";
import { listChanged } from "./changed-versions.ts";
import { compareRecord, type Difference } from "./compare-record.ts";
import type { ReconcileDepth, ReconcileProgress } from "./reconcile.ts";

const LOOK_AGAIN_AFTER_MS = 400;
const LOOKS = 25;
const GROUP = 100;

/** One comparison of one entity of one system. */
export class Comparison {
  readonly totals: Totals = { compared: 0, bodiesRead: 0, missing: 0, extra: 0, different: 0 };
  readonly #hub: Hub;
  readonly #system: ConnectedSystem;
  readonly #type: EntityType;
  readonly #onProgress: (progress: ReconcileProgress) => void;
  readonly #signal: AbortSignal;
  /** Local ids of live records. */
  readonly #seen = new Set<string>();
  readonly #suspects = new Set<string>();

  constructor(
    hub: Hub,
    system: ConnectedSystem,
    type: EntityType,
    onProgress: (progress: ReconcileProgress) => void,
    signal: AbortSignal,
  ) {
    this.#hub = hub;
    this.#system = system;
    this.#type = type;
    this.#onProgress = onProgress;
    this.#signal = signal;
  }

  async compare(depth: ReconcileDepth): Promise<Finding[]> {
    if (depth === "changed" && this.#system.spoke.versions) await this.#readChanged();
    else await this.#readAll();
    const differing = [...this.#suspects].map((localId) => ({ localId, canonicalId: null }));
    const findings = await this.#lookAgain([...differing, ...(await this.#findMissing())]);
    const ofKind = (...kinds: Finding["kind"][]) => findings.filter(({ kind }) => kinds.includes(kind));
    this.totals.missing = ofKind("missing").length;
    this.totals.extra = ofKind("extra", "mismatched-reference").length;
    this.totals.different = new Set(ofKind("different").map(({ localId }) => localId)).size;
    return findings.map((finding, index) => ({ ...finding, number: index + 1 }));
  }

  async #readAll(): Promise<void> {
    const request = { full: true, signal: this.#signal };
    const pages = this.#system.spoke.changes(this.#type.name, request)[Symbol.asyncIterator]();
    for (;;) {
      const next = await this.#system.ask(() => pages.next(), this.#signal);
      if (next.done) return;
      const { total } = next.value;
      const observations = next.value.observations.map((one) => makeStorable(one).seen);
      this.totals.compared += observations.length;
      await this.#consider(observations);
      this.#report(total);
    }
  }

  async #readChanged(): Promise<void> {
    const { all, changed } = await listChanged(this.#hub.db, this.#system, this.#type.name, this.#signal);
    for (const localId of all) this.#seen.add(localId);
    this.totals.compared = all.size;
    for (const group of groups([...changed])) {
      await this.#consider(await this.#read(group));
      this.#report(all.size);
    }
  }

  #report(total: number | undefined): void {
    const { compared } = this.totals;
    const where = { system: this.#system.name, entity: this.#type.name };
    this.#onProgress({ ...where, compared, ...(total === undefined ? {} : { total }) });
  }

  /** First look: who differs at all. */
  async #consider(observations: readonly Observation[]): Promise<void> {
    this.totals.bodiesRead += observations.length;
    const differences = await this.#differences(observations);
    for (const { localId, deleted } of observations) {
      if (!deleted) this.#seen.add(localId);
      if ((differences.get(localId) ?? []).length > 0) this.#suspects.add(localId);
    }
  }

  /** What live records differ in, by local id. */
  async #differences(
    observations: readonly Observation[],
    beliefs?: Beliefs,
  ): Promise<Map<string, Difference[]>> {
    const { db } = this.#hub;
    const mapping = this.#system.mapping(this.#type.name);
    const { probe } = this.#system.capability(this.#type.name);
    const believed = beliefs ?? (await this.#beliefs(observations));
    const live = observations.filter(({ deleted }) => !deleted);
    const bodies = live.map(({ native }) => mapping.toCanonical(native).body);
    const resolved = await resolveAllReferences(db, this.#type, bodies);
    return new Map(
      live.map((observation, index) => {
        const { fields } = resolved[index] ?? { fields: new Map() };
        const belief = believed(observation.localId);
        return [observation.localId, compareRecord(observation, fields, belief, mapping, probe)];
      }),
    );
  }

  #beliefs(observations: readonly Observation[], others: readonly string[] = []): Promise<Beliefs> {
    const { probe } = this.#system.capability(this.#type.name);
    const localIds = [...observations.map(({ localId }) => localId), ...others];
    const keys = probe === undefined ? [] : observations.map(({ native }) => native[probe]);
    return readBeliefs(this.#hub.db, this.#type, this.#system.name, localIds, keys);
  }

  /** Records that the system shall hold, or was last seen to hold, and did not show. */
  async #findMissing(): Promise<RecordName[]> {
    const { db, config } = this.#hub;
    const { name } = this.#type;
    const { create } = this.#system.capability(name);
    const staysLocal = config.entities[name]?.deletes.onDelete === "ignore";
    const wished = (await selectHeldWishes(db, this.#system.name, name)).filter(
      ({ localId, deleted }) => (localId !== null || create) && !(deleted && staysLocal),
    );
    const unwished = await selectLiveUnwished(db, this.#system.name, name);
    return [...wished, ...unwished]
      .filter(({ localId }) => localId === null || !this.#seen.has(localId))
      .map(({ localId, canonicalId }) => ({ localId, canonicalId }));
  }

  /**
   * Second look at what differed. An edit of a moment ago is no drift: the source has to be polled first, and nothing may
   * move in the hub while the record is read and compared.
   */
  async #lookAgain(suspects: readonly RecordName[]): Promise<Finding[]> {
    const findings: Finding[] = [];
    let open = [...suspects];
    if (open.length > 0) await this.#untilPolled();
    for (let look = 1; open.length > 0; look += 1) {
      const restless: RecordName[] = [];
      for (const group of groups(open)) {
        const settled = await this.#confirm(group, look === LOOKS);
        findings.push(...settled.findings);
        restless.push(...settled.restless);
      }
      if (look === LOOKS) break;
      if (restless.length > 0) await sleep(LOOK_AGAIN_AFTER_MS, undefined, { signal: this.#signal });
      open = restless;
    }
    return findings;
  }

  /** Waits for two scans to end: the second began after now. A source that is not polled is not waited for long. */
  async #untilPolled(): Promise<void> {
    const { limits } = this.#system.manifest;
    const deadline = Date.now() + 3 * limits.pollEveryMs + limits.timeoutMs;
    let scans = 0;
    let last = await this.#scannedAt();
    while (last !== undefined && scans < 2 && Date.now() < deadline && !this.#system.paused) {
      await sleep(Math.min(LOOK_AGAIN_AFTER_MS, limits.pollEveryMs), undefined, { signal: this.#signal });
      const now = await this.#scannedAt();
      if (now !== last) scans += 1;
      last = now;
    }
  }

  async #scannedAt(): Promise<number | undefined> {
    const { scannedAt } = await readCheckpoint(this.#hub.db, this.#system.name, this.#type.name);
    return scannedAt?.getTime();
  }

  /** @param final  Report what has work under way too: it waits for something that may never come. */
  async #confirm(
    names: readonly RecordName[],
    final: boolean,
  ): Promise<{ findings: Finding[]; restless: RecordName[] }> {
    const before = await this.#marks(names);
    const found = await this.#compareNamed(names);
    const after = await this.#marks(names);
    const findings: Finding[] = [];
    const restless: RecordName[] = [];
    for (const [index, name] of names.entries()) {
      const mark = before[index];
      const moved = mark?.mark !== after[index]?.mark || (mark?.underWay && !final);
      if (moved) restless.push(name);
      else if (name.localId !== null) findings.push(...(found.get(name.localId) ?? []));
      else if (mark?.lacking) findings.push(finding("missing", name.canonicalId, null));
    }
    return { findings, restless };
  }

  #marks(names: readonly RecordName[]) {
    return selectMarks(this.#hub.db, this.#system.name, this.#type.name, names);
  }

  /** What these records differ in now, by local id. */
  async #compareNamed(names: readonly RecordName[]): Promise<Map<string, Finding[]>> {
    const localIds = names.flatMap(({ localId }) => localId ?? []);
    const observations = await this.#read(localIds);
    this.totals.bodiesRead += observations.length;
    const beliefs = await this.#beliefs(observations, localIds);
    const differences = await this.#differences(observations, beliefs);
    const shownAsGone = new Set(observations.flatMap(({ localId, deleted }) => (deleted ? [localId] : [])));
    return new Map(
      localIds.map((localId): [string, Finding[]] => {
        const { canonicalId = null, archived, secondary, frozen } = beliefs(localId);
        const differing = differences.get(localId);
        if (differing) {
          const base = (one: Difference) => finding(one.kind, canonicalId, localId);
          return [localId, differing.map((one) => ({ ...base(one), ...one }))];
        }
        const wanted = canonicalId !== null && !archived && !secondary && !frozen.includes("*");
        const systemValue = shownAsGone.has(localId) ? "archived" : null;
        return [localId, wanted ? [{ ...finding("missing", canonicalId, localId), systemValue }] : []];
      }),
    );
  }

  /** As the store could keep them: findings go there. */
  async #read(localIds: readonly string[]): Promise<Observation[]> {
    if (localIds.length === 0) return [];
    const { name } = this.#type;
    const seen = await this.#system.ask((signal) => this.#system.spoke.read(name, [...localIds], signal));
    return seen.map((one) => makeStorable(one).seen);
  }
}

function finding(kind: Finding["kind"], canonicalId: string | null, localId: string | null): Finding {
  return { number: 0, kind, canonicalId, localId, path: null, hub: null, systemValue: null };
}

function groups<T>(items: readonly T[]): T[][] {
  const result: T[][] = [];
  for (let at = 0; at < items.length; at += GROUP) result.push(items.slice(at, at + GROUP));
  return result;
}
