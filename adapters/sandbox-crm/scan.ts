import {
  type ChangesPage,
  type ChangesRequest,
  type JsonObject,
  NaveError,
} from "../../src/adapter-kit/index.ts";
import type { CrmClient } from "./client.ts";
import { observe } from "./observe.ts";

const PAGE_SIZE = 200;
const VERSIONS_PAGE_SIZE = 500;

type Checkpoint = { v: 1; mark: string };
type Page = { data: JsonObject[]; nextCursor: string | null; total: number; now: string };

/**
 * Everything changed since the mark, less the overlap. Pages come in order of creation, not of the mark, so the
 * checkpoint comes with the last page only. The new mark is the newest stamp seen, never later than the CRM's clock.
 */
export async function* scanChanges(
  client: CrmClient,
  entity: string,
  { checkpoint, full, signal }: ChangesRequest,
): AsyncGenerator<ChangesPage> {
  const held = checkpoint === undefined ? undefined : readCheckpoint(checkpoint);
  const from =
    full || held === undefined ? undefined : Date.parse(held.mark) - client.manifest.limits.overlapMs;
  const updatedSince = from === undefined ? undefined : new Date(from).toISOString();
  let mark = held?.mark;
  let seen = 0;
  for (let cursor: string | undefined; ; ) {
    const page = await readPage(client, entity, { updatedSince, cursor }, signal);
    const observations = page.data.map(observe);
    seen += observations.length;
    for (const { modifiedAt } of observations) {
      if (modifiedAt !== undefined && modifiedAt <= page.now) mark = later(mark, modifiedAt);
    }
    if (observations.length === 0 && seen < page.total)
      throw emptyByMistake(entity, `${seen} of ${page.total}`);
    cursor = page.nextCursor ?? undefined;
    if (cursor === undefined) {
      yield { observations, total: page.total, checkpoint: { v: 1, mark: mark ?? page.now } };
      return;
    }
    yield { observations, total: page.total };
  }
}

/** The ids and ETags of all live records; the CRM lists them without the records themselves. */
export async function* listVersions(
  client: CrmClient,
  entity: string,
  signal: AbortSignal,
): AsyncGenerator<{ localId: string; lockToken: string }[]> {
  let seen = 0;
  for (let cursor: string | undefined; ; ) {
    const page = await readPage(client, entity, { cursor, fields: "version" }, signal);
    seen += page.data.length;
    if (page.data.length === 0 && seen < page.total) throw emptyByMistake(entity, `${seen} of ${page.total}`);
    const live = page.data.filter((wire) => wire["gone"] !== true);
    yield live.map((wire) => ({ localId: wire["id"] as string, lockToken: wire["etag"] as string }));
    cursor = page.nextCursor ?? undefined;
    if (cursor === undefined) return;
  }
}

type PageRequest = { cursor: string | undefined; updatedSince?: string | undefined; fields?: "version" };

async function readPage(
  client: CrmClient,
  entity: string,
  request: PageRequest,
  signal: AbortSignal,
): Promise<Page> {
  const { cursor } = request;
  const limit = request.fields === "version" ? VERSIONS_PAGE_SIZE : PAGE_SIZE;
  const query = { includeArchived: "true", limit, ...request };
  const response = await client.get(`/api/v1/${client.capability(entity).native}`, query, signal);
  if (response.status !== 404) return response.json() as Page;
  if (cursor !== undefined) throw emptyByMistake(entity, cursor);
  // The CRM answers an empty list with 404; `now` would be the end of time otherwise.
  return { data: [], nextCursor: null, total: 0, now: new Date(0).toISOString() };
}

function readCheckpoint(checkpoint: JsonObject): Checkpoint {
  if (checkpoint["v"] === 1 && typeof checkpoint["mark"] === "string") return checkpoint as Checkpoint;
  throw new NaveError("NAVE_CONFIG_INVALID", "The checkpoint is none of this adapter's", {
    accepts: "version 1",
  });
}

function emptyByMistake(entity: string, after: string): NaveError {
  return new NaveError("NAVE_SYSTEM_UNAVAILABLE", `The CRM sent an empty page of ${entity} after ${after}`);
}

function later(one: string | undefined, other: string): string {
  return one === undefined || other > one ? other : one;
}
