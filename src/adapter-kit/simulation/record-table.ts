import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { JsonObject } from "../contract.ts";
import type { LedgerEntry } from "./far-side.ts";

/** A record as the simulated product stores it. Times in milliseconds since 1970, by the product's own clock. */
export type StoredRecord = {
  entity: string;
  id: string;
  /** Position in order of creation. */
  seq: number;
  native: JsonObject;
  version: number;
  created: number;
  /** Null until the first update, where the product leaves it so. */
  modified: number | null;
  removed: boolean;
  probe: string | null;
  naturalKey: string | null;
};

type Row = Record<keyof StoredRecord, SQLInputValue>;

const SCHEMA = `
  create table if not exists record (
    seq integer primary key, entity text not null, id text not null, native text not null, version integer not null,
    created integer not null, modified integer, removed integer not null,
    probe text, naturalKey text, unique (entity, id));
  create index if not exists record_mark on record (entity, coalesce(modified, created), seq);
  create index if not exists record_probe on record (entity, probe);
  create index if not exists record_natural_key on record (entity, naturalKey);
  create table if not exists counter (name text primary key, value integer not null);
  create table if not exists ledger (seq integer primary key, entry text not null)`;

/** Records of one simulated product in SQLite: in memory, or in a file that outlives the process. */
export class RecordTable {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(file = ":memory:") {
    this.#database = new DatabaseSync(file);
    this.#database.exec("pragma journal_mode = wal; pragma synchronous = normal");
    this.#database.exec(SCHEMA);
  }

  get isOpen(): boolean {
    return this.#database.isOpen;
  }

  /** Runs `work` as one transaction; needed for speed in bulk, and for writes that belong together. */
  transaction<T>(work: () => T): T {
    if (this.#database.isTransaction) return work();
    this.#database.exec("begin");
    try {
      const result = work();
      this.#database.exec("commit");
      return result;
    } catch (error) {
      this.#database.exec("rollback");
      throw error;
    }
  }

  /** A number that is another one for every database made, and goes back with a restored copy only if that is older. */
  generation(): number {
    const sql =
      "insert into counter values ('generation', ?) on conflict (name) do update set value = value returning value";
    return Number(this.#prepare(sql).get(Date.now())?.["value"]);
  }

  /** The next number of a series, beginning with 1. */
  next(name: string): number {
    const sql =
      "insert into counter values (?, 1) on conflict (name) do update set value = value + 1 returning value";
    return Number(this.#prepare(sql).get(name)?.["value"]);
  }

  insert(record: Omit<StoredRecord, "seq">): void {
    const { entity, id, native, version, created, modified, removed, probe, naturalKey } = record;
    const sql = `insert into record (entity, id, native, version, created, modified, removed, probe, naturalKey)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
    const values = [version, created, modified, removed ? 1 : 0, probe, naturalKey];
    this.#prepare(sql).run(entity, id, JSON.stringify(native), ...values);
  }

  update(record: StoredRecord): void {
    const { entity, id, native, version, modified, removed, probe, naturalKey } = record;
    const sql = `update record set native = ?, version = ?, modified = ?, removed = ?, probe = ?, naturalKey = ?
      where entity = ? and id = ?`;
    const values = [JSON.stringify(native), version, modified, removed ? 1 : 0, probe, naturalKey];
    this.#prepare(sql).run(...values, entity, id);
  }

  delete(entity: string, id: string): void {
    this.#prepare("delete from record where entity = ? and id = ?").run(entity, id);
  }

  get(entity: string, id: string): StoredRecord | undefined {
    return this.select("entity = ? and id = ?", [entity, id])[0];
  }

  /** Records for which an SQL condition on the columns above holds; `tail` may order and limit. */
  select(condition: string, values: readonly SQLInputValue[], tail = "order by seq"): StoredRecord[] {
    return this.#prepare(`select * from record where ${condition} ${tail}`)
      .all(...values)
      .map(fromRow);
  }

  count(condition: string, values: readonly SQLInputValue[]): number {
    return Number(this.#prepare(`select count(*) as n from record where ${condition}`).get(...values)?.["n"]);
  }

  appendToLedger(entry: LedgerEntry): void {
    this.#prepare("insert into ledger (entry) values (?)").run(JSON.stringify(entry));
  }

  ledger(): LedgerEntry[] {
    const rows = this.#prepare("select entry from ledger order by seq").all();
    return rows.map((row) => JSON.parse(String(row["entry"])) as LedgerEntry);
  }

  close(): void {
    this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function fromRow(row: unknown): StoredRecord {
  const stored = row as Row;
  return {
    ...(stored as unknown as StoredRecord),
    native: JSON.parse(stored.native as string) as JsonObject,
    removed: stored.removed === 1,
  };
}
