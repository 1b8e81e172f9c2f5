import { createHash } from "node:crypto";
import {
  type ChangesPage,
  type ChangesRequest,
  type Json,
  type JsonObject,
  NaveError,
} from "../../src/adapter-kit/index.ts";
import type { Call } from "./client.ts";
import { latestStamp, plainText, type Row, rowsOf } from "./rows.ts";
import { rpcInstant } from "./rpc-values.ts";
import type { Source, Watched } from "./source.ts";

const RECORDS_PER_PAGE = 100;
const STAMPS_PER_PAGE = 1000;

/** The mark of a Tryton that holds no record of the kind. */
const NOTHING_YET = "1970-01-01T00:00:00.000000Z";

/** Most rows remembered in a checkpoint; of more than that some are read again. */
const MOST_SEEN = 5000;

/** `seen`: the rows within the overlap that earlier scans have read, each by its model, id and stamp. */
type Checkpoint = { version: 1; mark: string; seen?: string[] };

/**
 * Everything, or what has changed since the mark less the overlap. A stamp in Tryton is the start of its transaction, so
 * that a long one commits below a mark already passed: hence the overlap. The new mark is the newest stamp seen on any
 * model watched; it is taken before the records are read, so that what changes meanwhile is found by the next scan.
 *
 * The overlap ends at the newest stamp, so that after a burst of changes every scan finds all of it there again until
 * something else changes. A row seen before under the same stamp is left out: every transaction writes a stamp of its own,
 * to the microsecond (docs/decisions/0501-tryton-stamps-seen.md).
 */
export async function* scanChanges(
  call: Call,
  source: Source,
  { checkpoint, full, signal }: ChangesRequest,
  overlapMs: number,
): AsyncGenerator<ChangesPage> {
  const held = checkpoint === undefined ? undefined : readCheckpoint(checkpoint);
  if (full || held === undefined) yield* everything(call, source, held, signal);
  else yield* changedSince(call, source, held, overlapMs, signal);
}

async function* everything(
  call: Call,
  source: Source,
  held: Checkpoint | undefined,
  signal: AbortSignal,
): AsyncGenerator<ChangesPage> {
  const stamps = await Promise.all(source.watched.map((watched) => newestStamp(call, watched, signal)));
  const seen = [NOTHING_YET, held?.mark, ...stamps].filter((stamp) => stamp !== undefined);
  const mark = seen.sort().at(-1) ?? NOTHING_YET;
  const total = Number(
    await call(`model.${source.model}.search_count`, [source.domain], archivedToo(signal)),
  );
  for (let after = 0; ; ) {
    const ids = (await call(
      `model.${source.model}.search`,
      [[["id", ">", after], ...source.domain], 0, RECORDS_PER_PAGE, [["id", "ASC"]]],
      archivedToo(signal),
    )) as number[];
    if (ids.length === 0 && after === 0 && total > 0) {
      throw new NaveError(
        "NAVE_SYSTEM_UNAVAILABLE",
        `Tryton counts ${total} of ${source.model} and lists none`,
      );
    }
    const observations = await source.read(await source.localIds(ids, signal), signal);
    const last = ids.length < RECORDS_PER_PAGE;
    yield {
      observations,
      total,
      ...(last ? { checkpoint: { version: 1, mark } } : {}),
    };
    if (last) return;
    after = ids.at(-1) ?? after;
  }
}

async function* changedSince(
  call: Call,
  source: Source,
  held: Checkpoint,
  overlapMs: number,
  signal: AbortSignal,
): AsyncGenerator<ChangesPage> {
  const since = earlier(held.mark, overlapMs);
  const before = new Set(held.seen);
  const seen: string[] = [];
  const changed = new Set<string>();
  let mark = held.mark;
  for (const watched of source.watched) {
    for await (const rows of changedRows(call, watched, since, signal)) {
      const fresh = rows.filter((row) => {
        const key = keyOf(watched, row);
        seen.push(key);
        return !before.has(key);
      });
      if (fresh.length > 0) for (const owner of await watched.owners(fresh, signal)) changed.add(owner);
      const latest = latestStamp(rows);
      if (latest !== undefined && latest > mark) mark = latest;
    }
  }
  const ids = [...changed];
  for (let first = 0; first < ids.length; first += RECORDS_PER_PAGE) {
    const observations = await source.read(ids.slice(first, first + RECORDS_PER_PAGE), signal);
    yield { observations, total: ids.length };
  }
  const checkpoint: Checkpoint = { version: 1, mark, seen: seen.slice(-MOST_SEEN) };
  yield { observations: [], total: ids.length, checkpoint };
}

/** Short, and still no two alike among as many rows as a Tryton holds. */
function keyOf({ model }: Watched, row: Row): string {
  const text = `${model},${row.id}@${latestStamp([row]) ?? ""}`;
  return createHash("sha256").update(text).digest("base64url").slice(0, 12);
}

async function* changedRows(
  call: Call,
  watched: Watched,
  since: JsonObject,
  signal: AbortSignal,
): AsyncGenerator<Row[]> {
  const stamped: Json = ["OR", ["create_date", ">=", since], ["write_date", ">=", since]];
  const fields: Json = [...watched.fields, "create_date", "write_date"];
  for (let after = 0; ; ) {
    const domain: Json = [["id", ">", after], stamped, ...watched.domain];
    const answer = await call(
      `model.${watched.model}.search_read`,
      [domain, 0, STAMPS_PER_PAGE, [["id", "ASC"]], fields],
      archivedToo(signal),
    );
    const rows = rowsOf(answer);
    yield rows;
    if (rows.length < STAMPS_PER_PAGE) return;
    after = rows.at(-1)?.id ?? after;
  }
}

async function newestStamp(
  call: Call,
  { model, domain }: Watched,
  signal: AbortSignal,
): Promise<string | undefined> {
  const newest = async (field: string) => {
    const written: Json[] = [...domain, [field, "!=", null]];
    const params: Json[] = [written, 0, 1, [[field, "DESC"]], [field]];
    return rowsOf(await call(`model.${model}.search_read`, params, archivedToo(signal)));
  };
  return latestStamp([...(await newest("create_date")), ...(await newest("write_date"))]);
}

/** A filter on `active` inside the domain does not help beside an OR: Tryton then adds its own within that OR. */
function archivedToo(signal: AbortSignal) {
  return { context: { active_test: false }, signal };
}

function readCheckpoint(checkpoint: JsonObject): Checkpoint {
  const { version, mark, seen } = checkpoint;
  if (version === 1 && typeof mark === "string") {
    return { version, mark, ...(Array.isArray(seen) && { seen: seen.map(plainText) }) };
  }
  throw new NaveError("NAVE_CONFIG_INVALID", "The checkpoint is none of this adapter's", {
    accepts: "version 1",
  });
}

function earlier(mark: string, byMs: number): JsonObject {
  return rpcInstant(new Date(Date.parse(mark) - byMs).toISOString());
}
