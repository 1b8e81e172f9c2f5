import type { EntityCapability, Log, Manifest, Spoke } from "../adapter-kit/contract.ts";
import type { SystemConfig } from "../config/types.ts";
import { NaveError, toNaveError } from "../errors.ts";
import type { Mapping } from "../mapping/types.ts";
import type { Database } from "../store/database.ts";
import { closeCircuit, openCircuit, type SystemState } from "../store/system-states.ts";
import { CallGate } from "./call-gate.ts";

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 60_000;
const CREDENTIALS_RETRY_MS = 60_000;

/** One system of the star: its adapter, its mappings, its limits, and whether it can be used just now. */
export class ConnectedSystem {
  readonly name: string;
  readonly config: SystemConfig;
  readonly manifest: Manifest;
  readonly spoke: Spoke;
  readonly #mappings: ReadonlyMap<string, Mapping>;
  readonly #db: Database;
  readonly #log: Log;
  readonly #gate: CallGate;
  #failures = 0;
  #retryAt = 0;
  /** When the circuit was last opened. */
  #openedAt = 0;
  #state: SystemState | undefined;
  #takenIn: ReadonlySet<string> = new Set();

  constructor(parts: {
    config: SystemConfig;
    manifest: Manifest;
    spoke: Spoke;
    mappings: ReadonlyMap<string, Mapping>;
    db: Database;
    log: Log;
  }) {
    this.name = parts.config.name;
    this.config = parts.config;
    this.manifest = parts.manifest;
    this.spoke = parts.spoke;
    this.#mappings = parts.mappings;
    this.#db = parts.db;
    this.#log = parts.log;
    this.#gate = new CallGate(parts.manifest.limits);
  }

  /** @throws NAVE_NOT_SUPPORTED for an entity that this system has no mapping for. */
  mapping(entity: string): Mapping {
    const mapping = this.#mappings.get(entity);
    if (!mapping) throw new NaveError("NAVE_NOT_SUPPORTED", `${this.name} has no mapping for ${entity}`);
    return mapping;
  }

  capability(entity: string): EntityCapability {
    const capability = this.manifest.entities[entity];
    if (!capability) throw new NaveError("NAVE_NOT_SUPPORTED", `${this.name} does not offer ${entity}`);
    return capability;
  }

  /** Whether the hub reads this entity there. */
  takes(entity: string): boolean {
    return Boolean(this.config.entities[entity]?.take && this.manifest.entities[entity]?.read);
  }

  /** Whether the hub writes this entity there. */
  gives(entity: string): boolean {
    const capability = this.manifest.entities[entity];
    return Boolean(
      this.config.entities[entity]?.give && capability && (capability.create || capability.update),
    );
  }

  get entities(): string[] {
    return Object.keys(this.config.entities).filter((entity) => this.takes(entity) || this.gives(entity));
  }

  /** Takes over what the store says: pauses and modes set by any process, and which entities have been taken in. */
  refresh(state: SystemState, takenIn?: Iterable<string>): void {
    this.#state = state;
    if (takenIn) this.#takenIn = new Set(takenIn);
  }

  /** In shadow mode a system is looked at, not read into the hub and not written. */
  get inShadow(): boolean {
    return this.#state?.shadowMode ?? this.config.shadowMode;
  }

  get paused(): boolean {
    return this.#state?.pausedBy != null;
  }

  get writable(): boolean {
    return !this.paused && !this.#state?.readOnly && !this.inShadow;
  }

  /**
   * Whether records of this entity may be written now. Not before those it holds have all been read and recognised: what
   * the hub would create may be there already.
   */
  mayWrite(entity: string): boolean {
    return this.writable && (!this.takes(entity) || this.#takenIn.has(entity));
  }

  get inRecovery(): boolean {
    return this.recoverySince !== undefined;
  }

  get recoverySince(): Date | undefined {
    return this.#state?.recoverySince ?? undefined;
  }

  /** Milliseconds until the system may be asked again; 0: now. */
  get waitMs(): number {
    return Math.max(0, this.#retryAt - Date.now());
  }

  /** What a measured difference of clocks and the declared resolution leave uncertain about its time stamps. */
  get uncertaintyMs(): number {
    return Math.abs(this.#state?.clockSkewMs ?? 0) + this.manifest.limits.timestampPrecisionMs;
  }

  /**
   * Asks the system something, within its declared rate, concurrency and time-out. A system that is down or asks for
   * patience opens the circuit: until it closes, callers are expected to look at `waitMs` before they ask again.
   *
   * @param abandoned  Aborted when the hub itself gives the call up; that says nothing about the system.
   * @throws NaveError as the adapter translated it; NAVE_SYSTEM_UNAVAILABLE after the time-out.
   */
  async ask<T>(work: (signal: AbortSignal) => Promise<T>, abandoned?: AbortSignal): Promise<T> {
    const { timeoutMs } = this.manifest.limits;
    const askedAt = performance.now();
    await this.#gate.enter();
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await work(signal);
      await this.#succeeded();
      return answer;
    } catch (thrown) {
      const error = signal.aborted
        ? new NaveError(
            "NAVE_SYSTEM_UNAVAILABLE",
            `${this.name} did not answer within ${timeoutMs} ms`,
            {},
            thrown,
          )
        : toNaveError(thrown, "NAVE_SYSTEM_UNAVAILABLE");
      if (!abandoned?.aborted) await this.#failed(error, askedAt);
      throw error;
    } finally {
      this.#gate.leave();
    }
  }

  /** Opens the circuit for answers that came as values, not as an exception (`unavailable`, `unknown`); once for all of a call. */
  async unavailable(text: string, retryAfterMs?: number): Promise<void> {
    const detail = retryAfterMs === undefined ? {} : { retryAfterMs };
    await this.#failed(new NaveError("NAVE_SYSTEM_UNAVAILABLE", text, detail), performance.now());
  }

  async #succeeded(): Promise<void> {
    if (this.#failures === 0) return;
    this.#failures = 0;
    this.#retryAt = 0;
    this.#log.info({ system: this.name }, "system answers again");
    await closeCircuit(this.#db, this.name);
  }

  /** Calls that were under way or in line when the circuit opened tell nothing new: one outage counts once, however many it hit. */
  async #failed(error: NaveError, askedAt: number): Promise<void> {
    if (error.disposition !== "pause" && error.code !== "NAVE_SYSTEM_UNAVAILABLE") return;
    if (askedAt < this.#openedAt && this.waitMs >= (error.detail.retryAfterMs ?? 0)) return;
    this.#openedAt = performance.now();
    this.#failures += 1;
    const backOff = Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LONGEST_RETRY_MS);
    const delayMs =
      error.disposition === "pause"
        ? CREDENTIALS_RETRY_MS
        : Math.max(backOff, error.detail.retryAfterMs ?? 0);
    this.#retryAt = Date.now() + delayMs;
    this.#log.warn({ system: this.name, code: error.code, retryInMs: delayMs }, error.message);
    await openCircuit(this.#db, this.name, delayMs, error.message);
  }
}
