import type { JsonObject } from "../../src/adapter-kit/contract.ts";

export type ArrivalReport = {
  /** Of the source, in the target. */
  records: number;
  /** In the source, and never written to the target. */
  missing: number;
  /** Creates of a record that had been created before. */
  doubled: number;
  /** Writes of a revision after a newer one of the same record. */
  outOfOrder: number;
  /** Records that stand in another revision than in the source. */
  notNewest: number;
};

type Arrived = { revision: number; newest: number; creates: number; late: number };

/** What has been written to a target, by the number of the record and the revision that its note tells. */
export class Arrivals {
  readonly #records = new Map<string, Arrived>();

  note(number: string, record: JsonObject, isNew: boolean): void {
    const { newest = 0, creates = 0, late = 0 } = this.#records.get(number) ?? {};
    const revision = Number(/"Revision (\d+)\./.exec(JSON.stringify(record))?.[1] ?? 0);
    this.#records.set(number, {
      revision,
      newest: Math.max(newest, revision),
      creates: creates + (isNew ? 1 : 0),
      late: late + (revision < newest ? 1 : 0),
    });
  }

  /** @param source  Number and revision of each record that is to be there. */
  report(source: readonly (readonly [number: string, revision: number])[]): ArrivalReport {
    const there = [...this.#records.values()];
    const arrived = source.flatMap(([number, revision]) => {
      const record = this.#records.get(number);
      return record ? [{ ...record, wanted: revision }] : [];
    });
    return {
      records: arrived.length,
      missing: source.length - arrived.length,
      doubled: there.reduce((sum, { creates }) => sum + Math.max(0, creates - 1), 0),
      outOfOrder: there.reduce((sum, { late }) => sum + late, 0),
      notNewest: arrived.filter(({ revision, wanted }) => revision !== wanted).length,
    };
  }
}
