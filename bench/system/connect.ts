import {
  type ChangesPage,
  type ChangesRequest,
  type HttpClient,
  httpClient,
  type Json,
  type JsonObject,
  type Manifest,
  NaveError,
  type Observation,
  outcomeOfError,
  type Spoke,
  type WriteOutcome,
  type WriteRequest,
} from "../../src/adapter-kit/index.ts";

const PAGE = 1000;
const VERSIONS_PAGE = 10_000;

type Wire = { id: string; rev: number; at: string; record: JsonObject };
type Page = { records: Wire[]; next: number; isLast: boolean; total: number };
type Ask = <Answer>(call: string, entity: string, body: JsonObject, signal: AbortSignal) => Promise<Answer>;

/** Connects a bench system: an in-memory stand-in with one call per batch, and changes in the order of their commit. */
export async function connectBenchSystem(settings: JsonObject, manifest: Manifest): Promise<Spoke> {
  const http = httpClient({ baseUrl: settings["url"] as string, timeoutMs: manifest.limits.timeoutMs });
  const ask = asker(http);
  return {
    changes: (entity, request) => scanChanges(ask, entity, request),
    read: async (entity, ids, signal) =>
      (await ask<{ records: Wire[] }>("read", entity, { ids }, signal)).records.map(observe),
    write: (entity, requests, signal) => write(ask, entity, requests, signal),
    findByProbe: async (entity, keys, signal) => {
      const { found } = await ask<{ found: (Wire & { key: string })[] }>("probe", entity, { keys }, signal);
      return found.map(({ key, ...wire }) => ({ probeKey: key, observation: observe(wire) }));
    },
    versions: (entity, signal) => listVersions(ask, entity, signal),
    health: async () => ({ version: "1", now: new Date().toISOString() }),
    close: async () => {},
  };
}

function asker(http: HttpClient): Ask {
  return async <Answer>(call: string, entity: string, body: JsonObject, signal: AbortSignal) => {
    const writes = call === "write";
    const response = await http({ method: "POST", path: `/${entity}/${call}`, body, signal, writes });
    if (response.status === 200) return response.json() as Answer;
    throw new NaveError("NAVE_SYSTEM_UNAVAILABLE", `the bench system answered ${response.status}`);
  };
}

function observe({ id, rev, at, record }: Wire): Observation {
  return { localId: id, native: record, modifiedAt: at, lockToken: String(rev) };
}

/** Pages come in the order of commit, so that each carries a checkpoint. */
async function* scanChanges(
  ask: Ask,
  entity: string,
  { checkpoint, full, signal }: ChangesRequest,
): AsyncGenerator<ChangesPage> {
  let after = full ? 0 : Number(checkpoint?.["after"] ?? 0);
  for (;;) {
    const page = await ask<Page>("changes", entity, { after, limit: PAGE }, signal);
    after = page.next;
    yield {
      observations: page.records.map(observe),
      checkpoint: { v: 1, after },
      total: page.total,
    };
    if (page.isLast) return;
  }
}

async function* listVersions(
  ask: Ask,
  entity: string,
  signal: AbortSignal,
): AsyncGenerator<{ localId: string; lockToken: string }[]> {
  for (let after = 0; ; ) {
    const body = { after, limit: VERSIONS_PAGE };
    const page = await ask<Omit<Page, "records"> & { versions: [string, number][] }>(
      "versions",
      entity,
      body,
      signal,
    );
    yield page.versions.map(([localId, rev]) => ({ localId, lockToken: String(rev) }));
    if (page.isLast) return;
    after = page.next;
  }
}

type Answer = { kind: "written"; wire: Wire } | { kind: "stale" | "missing" };

async function write(
  ask: Ask,
  entity: string,
  requests: readonly WriteRequest[],
  signal: AbortSignal,
): Promise<WriteOutcome[]> {
  try {
    const operations: Json = requests.map(operationOf);
    const { answers } = await ask<{ answers: Answer[] }>("write", entity, { operations }, signal);
    return answers.map((answer) =>
      answer.kind === "written"
        ? { kind: "written", localId: answer.wire.id, observation: observe(answer.wire) }
        : { kind: answer.kind },
    );
  } catch (error) {
    const outcome = outcomeOfError(error);
    return requests.map(() => outcome);
  }
}

function operationOf(request: WriteRequest): JsonObject {
  if (request.kind === "create") return { key: request.probeKey, fields: request.body };
  const { localId: id, lockToken } = request;
  const rev: JsonObject = lockToken === undefined ? {} : { rev: Number(lockToken) };
  if (request.kind === "update") return { id, ...rev, key: request.probeKey, fields: request.changes };
  return { id, ...rev, fields: { Archived: true } };
}
