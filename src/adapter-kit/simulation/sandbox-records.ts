import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../contract.ts";
import type { LedgerEntry, SandboxOptions } from "./far-side.ts";
import type { Misbehaviour } from "./misbehaviour.ts";
import { RecordTable, type StoredRecord } from "./record-table.ts";
import { RefusedError, refuse } from "./refusal.ts";

/** How one product treats one entity. */
export type EntityRules = {
  /** Local id from the n-th number of the entity's series. */
  id(n: number): string;
  /** Properties that the product knows; others are dropped or refused. */
  fields: readonly string[];
  /** Properties that hold nested lists, with the property that identifies an item. */
  lists: Readonly<Record<string, string>>;
  /** Properties that are cut when names are limited. */
  names: readonly string[];
  probe: string;
  /** Property that no two records may share. */
  naturalKey?: string;
  /** Boolean property that archives a record. */
  archivedFlag: string;
  /**
   * Completes and checks a record before it is stored: numbers, ids of list items, state changes. Throws RefusedError.
   * `before` is absent for a new record.
   */
  complete(native: JsonObject, before: JsonObject | undefined, records: SandboxRecords): JsonObject;
};

export type Commit = { entity: string; id: string; kind: "create" | "update" | "delete" };

/** The heart of a simulated product: its records, its clock, its rules. Knows no protocol. */
export class SandboxRecords {
  readonly table: RecordTable;
  readonly misbehaviour: Misbehaviour;
  readonly #rules: Readonly<Record<string, EntityRules>>;
  readonly #listeners: ((commit: Commit) => void)[] = [];
  readonly #keepsValues: boolean;

  constructor(
    rules: Readonly<Record<string, EntityRules>>,
    misbehaviour: Misbehaviour,
    { file, keepsValues = false }: Pick<SandboxOptions, "file" | "keepsValues"> = {},
  ) {
    this.#rules = rules;
    this.misbehaviour = misbehaviour;
    this.#keepsValues = keepsValues;
    this.table = new RecordTable(file);
  }

  rules(entity: string): EntityRules {
    const rules = this.#rules[entity];
    if (!rules) throw new RefusedError({ kind: "missing", text: `There is no entity ${entity}` });
    return rules;
  }

  onCommit(listener: (commit: Commit) => void): void {
    this.#listeners.push(listener);
  }

  /** The product's clock now, uncut. */
  now(): number {
    return Date.now() + this.misbehaviour.clockSkewMs;
  }

  /** The stamp of a transaction that begins now; a caller that writes late commits takes it first and waits then. */
  stamp(): number {
    const { frozenStamp, stampPrecisionMs } = this.misbehaviour;
    const now = frozenStamp === "" ? this.now() : Date.parse(frozenStamp);
    return now - (now % stampPrecisionMs);
  }

  /** Takes the stamp, keeps the transaction open as long as told, then commits what `work` does. */
  async commit<T>(work: (stamp: number) => T): Promise<T> {
    const stamp = this.stamp();
    if (this.misbehaviour.lateCommitMs > 0) await sleep(this.misbehaviour.lateCommitMs);
    return this.table.transaction(() => work(stamp));
  }

  create(entity: string, given: JsonObject, stamp = this.stamp(), method = "edit"): StoredRecord {
    const rules = this.rules(entity);
    const native = rules.complete(this.#admit(rules, given), undefined, this);
    const naturalKey = rules.naturalKey === undefined ? null : (native[rules.naturalKey] ?? null);
    this.#checkNaturalKey(entity, rules, naturalKey as string | null);
    const id = rules.id(this.table.next(entity));
    const modified = this.misbehaviour.modifiedEmptyUntilUpdate ? null : stamp;
    const probe = (native[rules.probe] as string | undefined) ?? null;
    const record = { entity, id, native, version: 1, created: stamp, modified, removed: false, probe };
    this.table.insert({ ...record, naturalKey: naturalKey as string | null });
    this.#committed({ entity, id, kind: "create" }, method, given);
    return this.#existing(entity, id);
  }

  /** Sets top-level properties; null removes one. `version` is the lock version that the writer has seen. */
  update(
    entity: string,
    id: string,
    changes: JsonObject,
    stamp = this.stamp(),
    method = "edit",
    version?: number,
  ): StoredRecord {
    const rules = this.rules(entity);
    const before = this.#existing(entity, id);
    if (version !== undefined && version !== before.version) {
      throw new RefusedError({
        kind: "stale",
        text: `${entity} ${id} was changed by someone else meanwhile`,
      });
    }
    const merged = withoutNulls({ ...before.native, ...this.#admit(rules, changes) });
    const native = rules.complete(merged, before.native, this);
    if (isDeepStrictEqual(native, before.native) && !this.misbehaviour.identicalWritesMoveStamp)
      return before;
    const childOnly = Object.keys(changes).every((name) => name in rules.lists);
    const silent = childOnly && this.misbehaviour.silentChildChanges;
    const naturalKey = rules.naturalKey === undefined ? null : ((native[rules.naturalKey] as string) ?? null);
    if (naturalKey !== before.naturalKey) this.#checkNaturalKey(entity, rules, naturalKey);
    const probe = (native[rules.probe] as string | undefined) ?? null;
    const modified = silent ? before.modified : stamp;
    this.table.update({ ...before, native, version: before.version + 1, modified, probe, naturalKey });
    this.#committed({ entity, id, kind: "update" }, method, changes);
    return this.#existing(entity, id);
  }

  remove(entity: string, id: string, stamp = this.stamp(), method = "edit"): void {
    const record = this.#existing(entity, id);
    if (this.misbehaviour.deletesLeaveTrace) {
      const version = record.version + 1;
      this.table.update({
        ...record,
        version,
        modified: stamp,
        removed: true,
        naturalKey: null,
      });
    } else {
      this.table.delete(entity, id);
    }
    this.#committed({ entity, id, kind: "delete" }, method);
  }

  get(entity: string, id: string): StoredRecord | undefined {
    const record = this.table.get(entity, id);
    return record?.removed ? undefined : record;
  }

  all(entity: string): StoredRecord[] {
    return this.table.select("entity = ? and removed = 0", [entity]);
  }

  log(entry: Omit<LedgerEntry, "time">): void {
    this.table.appendToLedger({ time: new Date().toISOString(), ...entry });
  }

  #existing(entity: string, id: string): StoredRecord {
    const record = this.get(entity, id);
    if (!record) throw new RefusedError({ kind: "missing", text: `There is no ${entity} ${id}` });
    return record;
  }

  #admit(rules: EntityRules, given: JsonObject): JsonObject {
    const native = { ...given };
    if (this.misbehaviour.withoutProbe) delete native[rules.probe];
    for (const name of Object.keys(native)) {
      if (rules.fields.includes(name)) continue;
      if (!this.misbehaviour.dropUnknownFields) refuse(`Unknown field ${name}`, name, native[name]);
      delete native[name];
    }
    const limit = this.misbehaviour.nameLimit;
    for (const name of limit > 0 ? rules.names : []) {
      const value = native[name];
      if (typeof value === "string") native[name] = value.slice(0, limit);
    }
    return native;
  }

  #checkNaturalKey(entity: string, rules: EntityRules, value: string | null): void {
    if (value === null || this.misbehaviour.duplicateAs === "silence") return;
    const holders = this.table.select("entity = ? and naturalKey = ? and removed = 0", [entity, value]);
    if (holders.length === 0) return;
    const text = `The ${rules.naturalKey} ${value} is taken`;
    throw new RefusedError({ kind: "duplicate", text, candidates: holders.map((holder) => holder.id) });
  }

  #committed(commit: Commit, method: string, values?: JsonObject): void {
    this.log({
      method,
      entity: commit.entity,
      id: commit.id,
      kind: commit.kind,
      ...(values && { fields: Object.keys(values) }),
      ...(values && this.#keepsValues && { values }),
    });
    for (const listener of this.#listeners) listener(commit);
  }
}

function withoutNulls(native: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(native).filter(([, value]) => value !== null));
}
