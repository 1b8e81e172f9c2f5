import type { JsonObject } from "../../src/adapter-kit/contract.ts";
import { canonicalIdFor } from "../../src/identity/canonical-id.ts";
import { type ArrivalReport, Arrivals } from "./arrivals.ts";
import { Latencies } from "./latencies.ts";
import { crmId, crmRecord, digitsOf, KINDS, numberOf } from "./records.ts";
import { type Operation, Table } from "./table.ts";

export const SOURCE = "crm";
export type TableStats = {
  size: number;
  commits: number;
  writes: number;
  caughtUp: number;
  lastCommitMs: number;
};

/** All systems of a measurement: one source, whose records are made by number, and any number of targets. */
export class BenchSystems {
  readonly latencies = new Latencies();
  readonly #tables = new Map<string, Table>();
  readonly #lastCommit = new Map<string, number>();
  readonly #arrivals = new Map<string, Arrivals>();

  table(system: string, entity: string): Table {
    const name = `${system}/${entity}`;
    const table = this.#tables.get(name) ?? this.#make(system, entity, name);
    this.#tables.set(name, table);
    return table;
  }

  /** Commits records `from` to `from + count - 1` in the source. @returns when, in milliseconds of this process's clock. */
  seed(entity: string, from: number, count: number): number {
    const table = this.table(SOURCE, entity);
    const at = performance.now();
    for (let n = from; n < from + count; n += 1) table.seed(crmId(entity, n), n);
    return at;
  }

  /**
   * Puts customers `from` to `from + count - 1` into the source and into a target that is to hold them already, each like the one
   * of its kind that came there from number `like` on.
   */
  fill(target: string, like: number, from: number, count: number): void {
    const source = this.table(SOURCE, "customer");
    const copies = this.table(target, "customer");
    for (let n = from; n < from + count; n += 1) {
      const model = like + ((((n - like) % KINDS.length) + KINDS.length) % KINDS.length);
      source.fill(crmId("customer", model), crmId("customer", n), n);
      copies.fill(`e-${digitsOf(model)}`, `e-${digitsOf(n)}`, n);
    }
  }

  /** What has become in a target of everything that the source holds now. */
  arrivals(target: string, entity: string): ArrivalReport {
    const arrivals = this.#arrivals.get(`${target}/${entity}`) ?? new Arrivals();
    return arrivals.report(this.table(SOURCE, entity).revisions());
  }

  stats(): Record<string, TableStats> {
    return Object.fromEntries(
      [...this.#tables].map(([name, { size, commits, writes, caughtUp }]) => [
        name,
        { size, commits, writes, caughtUp, lastCommitMs: this.#lastCommit.get(name) ?? 0 },
      ]),
    );
  }

  #make(system: string, entity: string, name: string): Table {
    const isSource = system === SOURCE;
    const arrivals = new Arrivals();
    this.#arrivals.set(name, arrivals);
    const note = (record: JsonObject, isNew: boolean) => {
      this.#lastCommit.set(name, performance.now());
      const number = numberOf(record);
      if (number === undefined) return;
      if (isSource) this.latencies.committed(number);
      else {
        this.latencies.arrived(number);
        arrivals.note(number, record, isNew);
      }
    };
    return new Table({
      generate: (n, rev) => crmRecord(entity, n, rev),
      keyOf: (n) => canonicalIdFor(entity, SOURCE, crmId(entity, n)),
      onCommit: note,
    });
  }
}

export type Call = {
  after: number;
  limit: number;
  ids: string[];
  keys: string[];
  operations: Operation[];
};

/** One call of an adapter, or of a program that does its work; each reads what it needs of the body. */
export function answerCall(table: Table, call: string, body: Call): object {
  if (call === "changes") return table.changes(body.after, body.limit);
  if (call === "versions") return table.versions(body.after, body.limit);
  if (call === "read") return { records: table.read(body.ids) };
  if (call === "probe") return { found: table.probe(body.keys) };
  if (call === "write") return { answers: body.operations.map((operation) => table.write(operation)) };
  throw new Error(`there is no call ${call}`);
}
