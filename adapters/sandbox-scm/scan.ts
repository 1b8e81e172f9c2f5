import type { ChangesPage, ChangesRequest, Observation } from "../../src/adapter-kit/index.ts";
import { badRecord } from "./archive.ts";
import { stampOf } from "./folders.ts";
import { observationOf, recordsOf } from "./records.ts";
import { type Supplier, stopWhenAborted } from "./supplier.ts";

const PAGE = 200;

/** Up to which document everything has been read, and which bad files have been reported. */
type Checkpoint = { version: 1; stamp: string; reported: string[] };

/**
 * Records with a document written or taken since the checkpoint, and files that cannot be taken. A bad file is put aside
 * once a checkpoint shows that it was reported: a process that dies in between reports it again.
 */
export async function* scanChanges(
  supplier: Supplier,
  entity: string,
  { checkpoint, full, signal }: ChangesRequest,
): AsyncIterable<ChangesPage> {
  supplier.capability(entity);
  stopWhenAborted(signal);
  const before = full ? undefined : (checkpoint as Checkpoint | undefined);
  const holdings = await supplier.look(signal);
  const bad = holdings.bad.filter((file) => file.entity === entity);
  const [reported, fresh] = [
    bad.filter(({ name }) => before?.reported.includes(name)),
    bad.filter(({ name }) => !before?.reported.includes(name)),
  ];
  await supplier.reject(reported);
  const { overlapMs } = supplier.context.manifest.limits;
  const from = before ? stampOf(timeOf(before.stamp) - overlapMs) : "";
  const all = recordsOf(entity, holdings);
  const found = all.filter(({ stamp }) => stamp >= from).map(observationOf);
  const observations: Observation[] = [...found, ...fresh.map(badRecord)];
  const stamp =
    all
      .map((record) => record.stamp)
      .toSorted()
      .at(-1) ??
    before?.stamp ??
    stampOf(0);
  const next: Checkpoint = { version: 1, stamp, reported: fresh.map(({ name }) => name) };
  for (let at = 0; at === 0 || at < observations.length; at += PAGE) {
    stopWhenAborted(signal);
    const isLast = at + PAGE >= observations.length;
    yield {
      observations: observations.slice(at, at + PAGE),
      total: observations.length,
      ...(isLast && { checkpoint: next }),
    };
  }
}

/** `20261122T035001123Z-…` as milliseconds since 1970. */
function timeOf(stamp: string): number {
  const [, date = "19700101", time = "000000", milliseconds = "000"] =
    /^(\d{8})T(\d{6})(\d{3})Z/.exec(stamp) ?? [];
  const day = date.replace(/^(\d{4})(\d\d)/, "$1-$2-");
  return Date.parse(`${day}T${time.replace(/^(\d\d)(\d\d)/, "$1:$2:")}.${milliseconds}Z`);
}

export async function readRecords(
  supplier: Supplier,
  entity: string,
  localIds: readonly string[],
  signal: AbortSignal,
): Promise<Observation[]> {
  supplier.capability(entity);
  if (localIds.length === 0) return [];
  const wanted = new Set(localIds);
  return recordsOf(entity, await supplier.look(signal))
    .filter(({ localId }) => wanted.has(localId))
    .map(observationOf);
}
