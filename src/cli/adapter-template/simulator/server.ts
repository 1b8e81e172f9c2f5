import type { JsonObject } from "../../../adapter-kit/index.ts";
import {
  type Answer,
  type Call,
  type EntityRules,
  RefusedError,
  refuse,
  type SandboxOptions,
  SandboxRecords,
  type SandboxServer,
  type StoredRecord,
  startSandbox,
  WELL_BEHAVED,
} from "../../../adapter-kit/simulation/index.ts";

const TOKEN = "sandbox-token";

/** How the product keeps its records; by canonical entity name. */
const RULES: Readonly<Record<string, EntityRules>> = {
  customer: {
    id: (n) => `${n}`,
    fields: ["externalId", "name", "language", "email", "note", "address"],
    lists: {},
    names: ["name"],
    probe: "externalId",
    archivedFlag: "archived",
    complete: (native) => {
      if (typeof native["name"] !== "string") refuse("name is required", "name", native["name"]);
      return native;
    },
  },
};
/** The product's collections, with the canonical entity behind each. */
const COLLECTIONS: Readonly<Record<string, string>> = { customers: "customer" };

/** Starts a stand-in for the product on the loopback address, for the tests. Make it do what you saw the product do. */
export function startServer(options: SandboxOptions = {}): Promise<SandboxServer> {
  const records = new SandboxRecords(RULES, { ...WELL_BEHAVED, ...options.misbehave }, options);
  const face = {
    isSession: () => false,
    isWrite: ({ method }: Call) => method !== "GET",
    answer: async (call: Call) => {
      if (call.headers.authorization !== `Bearer ${TOKEN}`) return json(401, { message: "unknown token" });
      try {
        return await route(records, call);
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        return json(error.refusal.kind === "missing" ? 404 : 422, { message: error.message });
      }
    },
  };
  return startSandbox({ records, face, show, settings: (url) => ({ url, token: TOKEN }) }, options);
}

async function route(records: SandboxRecords, call: Call): Promise<Answer> {
  const [collection = "", id] = call.path.slice(1).split("/");
  if (collection === "status") return json(200, { version: "1", now: new Date(records.now()).toISOString() });
  const entity = COLLECTIONS[collection];
  if (entity === undefined) return json(404, { message: "no such collection" });
  if (call.method === "GET") return json(200, list(records, entity, call.query));
  const fields = JSON.parse(call.body) as JsonObject;
  const write = (stamp: number) =>
    id === undefined
      ? records.create(entity, fields, stamp, call.method)
      : records.update(entity, id, fields, stamp, call.method);
  return json(200, show(await records.commit(write)));
}

/** By ids, by probe keys, or page by page what was updated since; the cursor is the number of records before. */
function list(records: SandboxRecords, entity: string, query: URLSearchParams): JsonObject {
  const [by, values] = query.has("id")
    ? ["id", query.get("id")]
    : query.has("externalId")
      ? ["probe", query.get("externalId")]
      : [];
  if (by !== undefined) {
    const wanted = (values ?? "").split(",");
    const marks = wanted.map(() => "?").join(", ");
    return {
      data: records.table.select(`entity = ? and ${by} in (${marks})`, [entity, ...wanted]).map(show),
    };
  }
  const since = query.get("updatedSince");
  const [limit, from] = [Number(query.get("limit")), Number(query.get("cursor"))];
  const matching = records
    .all(entity)
    .filter(({ modified }) => since === null || (modified ?? 0) >= Date.parse(since));
  const rest = matching.length > from + limit ? { next: `${from + limit}` } : {};
  return { data: matching.slice(from, from + limit).map(show), ...rest };
}

function show({ id, native, modified }: StoredRecord): JsonObject {
  return { ...native, id, ...(modified === null ? {} : { updatedAt: new Date(modified).toISOString() }) };
}

function json(status: number, body: JsonObject): Answer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
