import type { JsonObject } from "../../src/adapter-kit/contract.ts";
import { digitsOf, numberOf } from "./records.ts";

type Row = { id: string; seq: number; rev: number; at: number } & Content;
/** As JSON; or made by number; or as another record, with these digits and key. */
type Content = { json: string } | { n: number } | { like: Row; n: number };
export type Wire = { id: string; rev: number; at: string; record: JsonObject };
export type Operation = { id?: string; rev?: number; key?: string; fields: JsonObject };

export type TableOptions = {
  /** Makes the record of a row that was seeded by number. */
  generate: (n: number, rev: number) => JsonObject;
  /** The key under which a hub writes the n-th record of the source elsewhere. */
  keyOf: (n: number) => string;
  /** @param isNew  Somebody has asked to create it; false for a change of one that is there, and for what is seeded. */
  onCommit: (record: JsonObject, isNew: boolean) => void;
};

/** The records of one entity in one bench system, with a log of their commits. Seeded ones are made when asked for. */
export class Table {
  readonly #options: TableOptions;
  readonly #rows = new Map<string, Row>();
  readonly #byKey = new Map<string, string>();
  /** Ids in the order of commit; an older entry of a record is passed over. */
  readonly #log: string[] = [];
  writes = 0;
  /** How often somebody asking for changes was told that there are no more. */
  caughtUp = 0;

  constructor(options: TableOptions) {
    this.#options = options;
  }

  /** How many commits there have been. */
  get commits(): number {
    return this.#log.length;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Commits the n-th record, new or in its next revision. */
  seed(id: string, n: number): void {
    const row = this.#commit(id, { n });
    this.#options.onCommit(this.#recordOf(row), false);
  }

  /** Commits the n-th record as a copy of one that is there, under the key that a hub would give it. */
  fill(likeId: string, id: string, n: number): void {
    const like = this.#rows.get(likeId);
    if (!like) throw new Error(`there is no ${likeId} to copy`);
    this.#commit(id, { like, n });
  }

  changes(after: number, limit: number) {
    const rows = this.#rowsAfter(after, limit);
    const next = rows.next;
    const isLast = next >= this.#log.length;
    if (isLast) this.caughtUp += 1;
    return { records: rows.found.map((row) => this.#wire(row)), next, isLast, total: this.size };
  }

  versions(after: number, limit: number) {
    const { found, next } = this.#rowsAfter(after, limit);
    return { versions: found.map((row) => [row.id, row.rev]), next, isLast: next >= this.#log.length };
  }

  read(ids: readonly string[]): Wire[] {
    return ids.flatMap((id) => {
      const row = this.#rows.get(id);
      return row ? [this.#wire(row)] : [];
    });
  }

  probe(keys: readonly string[]): (Wire & { key: string })[] {
    return keys.flatMap((key) => {
      const row = this.#rows.get(this.#byKey.get(key) ?? "");
      return row ? [{ key, ...this.#wire(row) }] : [];
    });
  }

  write({ id, rev, key, fields }: Operation): { kind: string; wire?: Wire } {
    const held = id === undefined ? undefined : this.#rows.get(id);
    if (id !== undefined && !held) return { kind: "missing" };
    if (held && rev !== undefined && held.rev !== rev) return { kind: "stale" };
    const localId = id ?? `e-${numberOf(fields)?.slice(2)}`;
    const record: JsonObject = held ? { ...this.#recordOf(held), ...fields } : { id: localId, ...fields };
    if (key !== undefined) {
      record["HubKey"] = key;
      this.#byKey.set(key, localId);
    }
    const row = this.#commit(localId, { json: JSON.stringify(record) });
    this.writes += 1;
    this.#options.onCommit(record, id === undefined);
    return { kind: "written", wire: { id: localId, rev: row.rev, at: stamp(row), record } };
  }

  /** Changes a record behind everybody's back: no trace in the log, its version only. */
  drift(id: string, fields: JsonObject): void {
    const row = this.#rows.get(id);
    if (!row) throw new Error(`there is no ${id} to change`);
    const json = JSON.stringify({ ...this.#recordOf(row), ...fields });
    this.#rows.set(id, { id, seq: row.seq, rev: row.rev + 1, at: row.at, json });
  }

  /** The number of each record, and in which revision it is. */
  revisions(): [number: string, revision: number][] {
    return [...this.#rows.values()].map((row) => [numberOf(this.#recordOf(row)) ?? row.id, row.rev]);
  }

  ids(): string[] {
    return [...this.#rows.keys()];
  }

  #commit(id: string, content: Content): Row {
    const rev = (this.#rows.get(id)?.rev ?? 0) + 1;
    this.#log.push(id);
    const row: Row = { id, seq: this.#log.length, rev, at: Date.now(), ...content };
    this.#rows.set(id, row);
    return row;
  }

  #rowsAfter(after: number, limit: number): { found: Row[]; next: number } {
    const found: Row[] = [];
    let next = after;
    for (; next < this.#log.length && found.length < limit; next += 1) {
      const row = this.#rows.get(this.#log[next] as string);
      if (row?.seq === next + 1) found.push(row);
    }
    return { found, next };
  }

  #wire(row: Row): Wire {
    return { id: row.id, rev: row.rev, at: stamp(row), record: this.#recordOf(row) };
  }

  #recordOf(row: Row): JsonObject {
    if ("json" in row) return JSON.parse(row.json) as JsonObject;
    return "like" in row ? this.#copyOf(row.like, row.n) : this.#options.generate(row.n, row.rev);
  }

  #copyOf(like: Row, n: number): JsonObject {
    const record = this.#recordOf(like);
    const digits = numberOf(record)?.slice(2) ?? "";
    const copy = JSON.parse(JSON.stringify(record).replaceAll(digits, digitsOf(n))) as JsonObject;
    const { keyOf } = this.#options;
    return "HubKey" in record ? { ...copy, HubKey: keyOf(n) } : copy;
  }
}

function stamp(row: Row): string {
  return new Date(row.at).toISOString();
}
