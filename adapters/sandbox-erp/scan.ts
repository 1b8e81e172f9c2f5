import {
  type ChangesPage,
  type ChangesRequest,
  type JsonObject,
  NaveError,
} from "../../src/adapter-kit/index.ts";
import type { ErpClient } from "./client.ts";
import { observe, recordsOf } from "./observe.ts";

const PAGE_SIZE = 200;
const VERSIONS_PAGE_SIZE = 500;

type Checkpoint = { v: 1; mark: string };

/**
 * Everything changed since the mark, less the overlap, in order of the stamps: each page moves the checkpoint, so that a
 * scan cut off goes on where it stood. The mark is the newest stamp seen, never later than the ERP's clock.
 */
export async function* scanChanges(
  client: ErpClient,
  entity: string,
  { checkpoint, full, signal }: ChangesRequest,
): AsyncGenerator<ChangesPage> {
  const held = checkpoint === undefined ? undefined : readCheckpoint(checkpoint);
  const from =
    full || held === undefined ? undefined : Date.parse(held.mark) - client.manifest.limits.overlapMs;
  const filter: JsonObject = { Entity: client.capability(entity).native, Limit: PAGE_SIZE };
  if (from !== undefined) filter["ModifiedSince"] = new Date(from).toISOString();
  let mark = full ? undefined : held?.mark;
  let seen = 0;
  for (let after: string | undefined; ; ) {
    const page = await client.ask(
      "Query",
      after === undefined ? filter : { ...filter, After: after },
      signal,
    );
    const observations = recordsOf(page).map(observe);
    const { Total: total = 0, ServerTime: now = EPOCH } = page as { Total?: number; ServerTime?: string };
    seen += observations.length;
    const isCutOff = after !== undefined && page["Total"] === undefined;
    if (observations.length === 0 && (seen < total || isCutOff)) throw emptyByMistake(entity, seen, total);
    for (const { modifiedAt } of observations) {
      if (modifiedAt !== undefined && modifiedAt <= now) mark = later(mark, modifiedAt);
    }
    after = page["Continuation"] as string | undefined;
    yield { observations, total, checkpoint: { v: 1, mark: mark ?? held?.mark ?? now } };
    if (after === undefined) return;
  }
}

/** The ids and lock versions of all live records; the ERP lists them without the records themselves. */
export async function* listVersions(
  client: ErpClient,
  entity: string,
  signal: AbortSignal,
): AsyncGenerator<{ localId: string; lockToken: string }[]> {
  const filter = {
    Entity: client.capability(entity).native,
    Limit: VERSIONS_PAGE_SIZE,
    VersionsOnly: true,
  };
  let seen = 0;
  for (let after: string | undefined; ; ) {
    const page = await client.ask(
      "Query",
      after === undefined ? filter : { ...filter, After: after },
      signal,
    );
    const records = recordsOf(page);
    const { Total: total = 0 } = page as { Total?: number };
    seen += records.length;
    const isCutOff = after !== undefined && page["Total"] === undefined;
    if (records.length === 0 && (seen < total || isCutOff)) throw emptyByMistake(entity, seen, total);
    const live = records.map(observe).filter((observation) => !observation.deleted);
    yield live.map(({ localId, lockToken = "" }) => ({ localId, lockToken }));
    after = page["Continuation"] as string | undefined;
    if (after === undefined) return;
  }
}

/** From where a source that has told no time yet is read again. */
const EPOCH = "1970-01-01T00:00:00Z";

function readCheckpoint(checkpoint: JsonObject): Checkpoint {
  if (checkpoint["v"] === 1 && typeof checkpoint["mark"] === "string") return checkpoint as Checkpoint;
  throw new NaveError("NAVE_CONFIG_INVALID", "The checkpoint is none of this adapter's", {
    accepts: "version 1",
  });
}

function emptyByMistake(entity: string, seen: number, total: number): NaveError {
  return new NaveError(
    "NAVE_SYSTEM_UNAVAILABLE",
    `The ERP sent an empty page of ${entity} after ${seen} of ${total}`,
  );
}

function later(one: string | undefined, other: string): string {
  return one === undefined || other > one ? other : one;
}
