import type { ChangesPage } from "../adapter-kit/contract.ts";
import { NaveError, toNaveError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import { readCheckpoint } from "../store/checkpoints.ts";
import { deleteHints, noteHints, selectHints } from "../store/hints.ts";
import { type ScanRequest, takeScanRequests } from "../store/scan-requests.ts";
import { drawObservationNumbers, selectUnknown } from "../store/shadows.ts";
import { acquireLease, LEASE_MS } from "../store/workers.ts";
import type { ConnectedSystem } from "../systems/connected-system.ts";
import { acceptObservations } from "./accept.ts";
import { acceptAbsences } from "./accept-absences.ts";
import { carryOutScan } from "./scan-request.ts";
import { storableText } from "./storable.ts";
import { watchHealth } from "./watch-health.ts";

export type ScanProgress = { read: number; accepted: number; parked: number; total?: number };

/**
 * Reads one entity of one system from its checkpoint to the end, page by page. Each page is safe before the next is asked
 * for; the checkpoint moves at the end, or with a page where pages come in mark order.
 *
 * @param full  Read everything; what a completed full scan does not show is gone.
 * @throws NAVE_RECORD_STALE when another worker scans the same source.
 */
export async function scan(
  hub: Hub,
  system: ConnectedSystem,
  entity: string,
  full: boolean,
  signal: AbortSignal,
  onProgress: (progress: ScanProgress) => void = () => {},
): Promise<ScanProgress> {
  const checkpoint = await readCheckpoint(hub.db, system.name, entity);
  const everything = full || checkpoint.value === null;
  let { revision } = checkpoint;
  const seen = new Set<string>();
  const progress: ScanProgress = { read: 0, accepted: 0, parked: 0 };
  const request = {
    full: everything,
    signal,
    ...(checkpoint.value && !full ? { checkpoint: checkpoint.value } : {}),
  };
  const pages = system.spoke.changes(entity, request)[Symbol.asyncIterator]();
  const [startNumber = 0] = await drawObservationNumbers(hub.db, 1);
  for (;;) {
    const [number = 0] = await drawObservationNumbers(hub.db, 1);
    const next = await system.ask(() => pages.next(), signal);
    if (next.done) break;
    const page: ChangesPage = next.value;
    for (const { localId } of page.observations) if (everything) seen.add(storableText(localId));
    const move = page.checkpoint && { revision, value: page.checkpoint, scan: "under-way" as const };
    const numbered = page.observations.map((observation) => ({ ...observation, number }));
    const take = () => acceptObservations(hub, system, entity, numbered, move);
    const accepted = await (hub.traces ? hub.traces.following(page, take) : take());
    revision = accepted.checkpointRevision ?? revision;
    progress.read += page.observations.length;
    progress.accepted += accepted.accepted;
    progress.parked += accepted.parked;
    if (page.total !== undefined) progress.total = page.total;
    onProgress(progress);
  }
  const last = await readCheckpoint(hub.db, system.name, entity);
  const value = last.value ?? {};
  await acceptObservations(hub, system, entity, [], {
    revision,
    value,
    scan: everything ? "complete-full" : "complete",
  });
  if (everything) await acceptAbsences(hub, system, entity, seen, startNumber);
  return progress;
}

const HEALTH_EVERY_MS = 15_000;
const UNKNOWN_EVERY_MS = 10_000;
const MOST_UNKNOWN = 500;
/** How often it looks for what other processes want, and whether a system that another one reads has become free. */
const OTHERS_EVERY_MS = 500;
const MOST_HINTS = 500;
/** A full scan that failed, or that this process has not finished, is not begun again sooner. */
const FULL_SCAN_RETRY_MS = 10 * 60_000;

/**
 * Polls the entities of one system again and again, and reads what web hooks hint at. What the system leaves no trace of, its
 * deletes, is found by a full scan now and then, beside the polls of its other entities.
 */
export class Poller {
  readonly #hub: Hub;
  readonly #system: ConnectedSystem;
  /** Local ids by entity, each with the trace in which it was hinted at, if any. */
  readonly #hints = new Map<string, Map<string, string | undefined>>();
  readonly #stop = new AbortController();
  readonly #scanning = new Map<string, Promise<unknown>>();
  readonly #inFull = new Map<string, Promise<void>>();
  readonly #onRequest = new Set<Promise<void>>();
  /** When to look next whether an entity is due for a full scan. */
  readonly #fullScanAt = new Map<string, number>();
  #loop: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};
  #isStarted = false;
  #leasedUntil = 0;

  constructor(hub: Hub, system: ConnectedSystem) {
    this.#hub = hub;
    this.#system = system;
  }

  start(): void {
    this.#isStarted = true;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#loop;
    await Promise.all([...this.#inFull.values(), ...this.#onRequest]);
  }

  /**
   * Somebody said that these records changed: they are read soon, by the process that reads this system.
   *
   * @throws what kept it from being put on record for another process.
   */
  async hint(entity: string, localIds: readonly string[]): Promise<void> {
    const { traceparent } = this.#hub.traces?.continued() ?? {};
    if (Date.now() < this.#leasedUntil) this.#keepHints(entity, localIds, traceparent);
    else if (localIds.length > 0) {
      const system = this.#system.name;
      const begun = traceparent === undefined ? {} : { traceparent };
      await noteHints(
        this.#hub.db,
        localIds.map((localId) => ({ system, entity, localId, ...begun })),
      );
    }
  }

  #keepHints(entity: string, localIds: readonly string[], traceparent?: string): void {
    const ids = this.#hints.get(entity) ?? new Map();
    for (const id of localIds) ids.set(id, traceparent);
    this.#hints.set(entity, ids);
    this.#wake();
  }

  /** Whether it is this process that reads the system. */
  async isHere(): Promise<boolean> {
    return this.#isStarted && !this.#stop.signal.aborted && (await this.#isOurs());
  }

  /**
   * Scans one entity now; one scan of an entity at a time.
   *
   * @throws NAVE_REQUEST_INVALID in shadow mode.
   */
  async scanNow(
    entity: string,
    full: boolean,
    onProgress?: (progress: ScanProgress) => void,
  ): Promise<ScanProgress> {
    const { name, inShadow } = this.#system;
    if (inShadow)
      throw new NaveError("NAVE_REQUEST_INVALID", `${name} is in shadow mode: nothing is taken from it`, {
        accepts: `nave onboard ${name} --go-live`,
      });
    await this.#scanning.get(entity)?.catch(() => {});
    const run = scan(this.#hub, this.#system, entity, full, this.#stop.signal, onProgress);
    this.#scanning.set(entity, run);
    try {
      return await run;
    } finally {
      if (this.#scanning.get(entity) === run) this.#scanning.delete(entity);
    }
  }

  async #run(): Promise<void> {
    let pollAt = 0;
    let healthAt = 0;
    let unknownAt = 0;
    let othersAt = 0;
    while (!this.#stop.signal.aborted) {
      const isOurs = await this.#isOurs();
      if (!isOurs) {
        await this.#sleep(OTHERS_EVERY_MS);
        continue;
      }
      const usable = !this.#system.paused && this.#system.waitMs === 0;
      const isRead = usable && !this.#system.inShadow;
      if (Date.now() >= othersAt) {
        await this.#attempt("what others want", () => this.#serveOthers(isRead));
        othersAt = Date.now() + OTHERS_EVERY_MS;
      }
      if (isRead && Date.now() >= unknownAt) {
        await this.#attempt("unknown records", () => this.#hintUnknown());
        unknownAt = Date.now() + UNKNOWN_EVERY_MS;
      }
      if (isRead && this.#hints.size > 0) await this.#attempt("hints", () => this.#readHinted());
      if (usable && Date.now() >= healthAt) {
        await this.#attempt("health", () => watchHealth(this.#hub, this.#system));
        healthAt = Date.now() + HEALTH_EVERY_MS;
      }
      if (isRead && Date.now() >= pollAt) {
        for (const entity of this.#system.entities) {
          if (this.#system.takes(entity) && !this.#system.inShadow && this.#system.waitMs === 0)
            await this.#attempt(entity, () => this.#poll(entity));
        }
        pollAt = Date.now() + this.#system.manifest.limits.pollEveryMs;
      }
      await this.#sleep(Math.max(50, Math.min(pollAt - Date.now(), OTHERS_EVERY_MS)));
    }
  }

  async #poll(entity: string): Promise<void> {
    if (this.#inFull.has(entity)) return;
    if (!(await this.#isFullScanDue(entity))) {
      await this.scanNow(entity, false);
      return;
    }
    const run = this.#attempt(`${entity} in full`, () => this.scanNow(entity, true));
    this.#inFull.set(
      entity,
      run.finally(() => this.#inFull.delete(entity)),
    );
  }

  /** One entity of a system at a time. In recovery absence says nothing, and before the first scan the next one is full anyway. */
  async #isFullScanDue(entity: string): Promise<boolean> {
    const { config, name, inRecovery } = this.#system;
    const { deletes, document } = this.#system.capability(entity);
    const now = Date.now();
    if (config.fullScanEveryMs === 0 || deletes === "reported" || document || inRecovery) return false;
    if (this.#inFull.size > 0 || now < (this.#fullScanAt.get(entity) ?? 0)) return false;
    const { value, fullScanAt } = await readCheckpoint(this.#hub.db, name, entity);
    if (value === null) return false;
    const dueAt = (fullScanAt?.getTime() ?? 0) + config.fullScanEveryMs;
    const isDue = dueAt <= now;
    this.#fullScanAt.set(entity, isDue ? now + Math.min(config.fullScanEveryMs, FULL_SCAN_RETRY_MS) : dueAt);
    return isDue;
  }

  /** One worker reads a system; the others stand by until its lease ends. Checkpoints are moved by compare-and-set all the same. */
  async #isOurs(): Promise<boolean> {
    if (Date.now() < this.#leasedUntil - LEASE_MS / 2) return true;
    const { db, workerId } = this.#hub;
    const askedAt = Date.now();
    const epoch = await acquireLease(db, `poll.${this.#system.name}`, workerId).catch(() => undefined);
    this.#leasedUntil = epoch === undefined ? 0 : askedAt + LEASE_MS;
    return epoch !== undefined;
  }

  /** Scans that were asked for in other processes run beside the polls, one of an entity at a time. */
  async #serveOthers(isRead: boolean): Promise<void> {
    const { db, workerId } = this.#hub;
    for (const request of await takeScanRequests(db, this.#system.name, workerId)) this.#serveScan(request);
    if (!isRead) return;
    const hints = await selectHints(db, this.#system.name, MOST_HINTS);
    for (const [entity, group] of Map.groupBy(hints, (hint) => hint.entity)) {
      if (this.#system.takes(entity))
        await readRecords(
          this.#hub,
          this.#system,
          entity,
          group.map(({ localId }) => localId),
          new Map(group.map(({ localId, traceparent }) => [localId, traceparent ?? undefined])),
        );
    }
    if (hints.length > 0) await deleteHints(db, hints);
  }

  #serveScan(request: ScanRequest): void {
    const run = this.#attempt(`${request.entity} on request`, () =>
      carryOutScan(this.#hub.db, request, (report) =>
        this.scanNow(request.entity, request.everything, report),
      ),
    );
    this.#onRequest.add(run);
    void run.finally(() => this.#onRequest.delete(run));
  }

  async #attempt(what: string, work: () => Promise<unknown>): Promise<void> {
    if (this.#stop.signal.aborted) return;
    await work().catch((thrown: unknown) => {
      const error = toNaveError(thrown);
      if (this.#stop.signal.aborted) return;
      this.#hub.log.warn(
        { system: this.#system.name, what, code: error.code },
        `reading failed: ${error.message}`,
      );
    });
  }

  /** What a write left unknown, or a process that has died was about to read again. */
  async #hintUnknown(): Promise<void> {
    const { db } = this.#hub;
    for (const { entity, localId } of await selectUnknown(db, this.#system.name, MOST_UNKNOWN))
      this.#keepHints(entity, [localId]);
  }

  async #readHinted(): Promise<void> {
    const hinted = new Map(this.#hints);
    this.#hints.clear();
    for (const [entity, ids] of hinted) {
      if (this.#system.takes(entity))
        await readRecords(this.#hub, this.#system, entity, [...ids.keys()], ids);
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

const IDS_PER_READ = 100;

/**
 * Reads named records as they are now and takes them in; those that are gone, as deleted.
 *
 * @param traces  By local id, the trace in which somebody said that the record changed.
 */
export async function readRecords(
  hub: Hub,
  system: ConnectedSystem,
  entity: string,
  localIds: readonly string[],
  traces: ReadonlyMap<string, string | undefined> = new Map(),
): Promise<void> {
  for (let at = 0; at < localIds.length; at += IDS_PER_READ) {
    const ids = localIds.slice(at, at + IDS_PER_READ);
    const [number = 0] = await drawObservationNumbers(hub.db, 1);
    const seen = await system.ask((signal) => system.spoke.read(entity, ids, signal));
    const found = new Set(seen.map((observation) => observation.localId));
    const absent = ids
      .filter((id) => !found.has(id))
      .map((localId) => ({ localId, native: {}, deleted: true }));
    const all = [...seen, ...absent].map((observation) => {
      const traceparent = traces.get(observation.localId);
      return { ...observation, number, ...(traceparent === undefined ? {} : { traceparent }) };
    });
    const take = () => acceptObservations(hub, system, entity, all);
    await (hub.traces ? hub.traces.following(seen, take) : take());
  }
}
