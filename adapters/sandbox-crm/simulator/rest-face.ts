import { randomUUID } from "node:crypto";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import {
  type Answer,
  type Call,
  type Face,
  RefusedError,
  type SandboxRecords,
  type StoredRecord,
  takeOne,
} from "../../../src/adapter-kit/simulation/index.ts";
import { type Operation, perform, performInBatch } from "./operations.ts";
import { refusalAnswer } from "./refusals.ts";
import { instant, showVersion, showWithStamps } from "./show.ts";

/** Routes below /api/v1, with the canonical entity behind each. */
export const COLLECTIONS: Readonly<Record<string, string>> = {
  accounts: "customer",
  items: "product",
  pricelists: "price-list",
  quotes: "quote",
  orders: "order",
  shipments: "shipment",
  invoices: "invoice",
  payments: "payment",
  stock: "stock-level",
  cases: "service-case",
};

const MAX_PAGE = 500;

export type RestOptions = {
  records: SandboxRecords;
  clientId: string;
  clientSecret: string;
  generation: string;
};

/** The Sandbox CRM's REST protocol: bearer tokens, pages by cursor, ETags, a bulk call per collection. */
export function restFace({ records, clientId, clientSecret, generation }: RestOptions): Face {
  const sessions = new Map<string, number>();
  return {
    isSession: (call) => call.path === "/oauth/token",
    isWrite: (call) => !isRead(call),
    answer: async (call) => {
      if (call.path === "/oauth/token") return login(call);
      if (!authorised(call)) return { status: 401 };
      try {
        return await route(call);
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        return refusalAnswer(error.refusal, records.misbehaviour);
      }
    },
  };

  function login(call: Call): Answer {
    const given = JSON.parse(call.body) as JsonObject;
    records.log({ method: "login", entity: "", id: "", kind: "session" });
    if (given["client_id"] !== clientId || given["client_secret"] !== clientSecret) {
      return json(401, { error: { code: "invalid_client", message: "Unknown client or wrong secret" } });
    }
    const token = randomUUID();
    sessions.set(token, Date.now() + records.misbehaviour.sessionLifetimeMs);
    return json(200, { access_token: token, token_type: "bearer", expires_in: 3600 });
  }

  function authorised(call: Call): boolean {
    const token = /^Bearer (.+)$/.exec(call.headers.authorization ?? "")?.[1] ?? "";
    return (sessions.get(token) ?? 0) > Date.now();
  }

  async function route(call: Call): Promise<Answer> {
    const [collection = "", id, ...rest] = call.path.replace(/^\/api\/v1\//, "").split("/");
    if (collection === "status")
      return json(200, { version: "1.4.0", now: instant(records.now()), generation });
    const entity = COLLECTIONS[collection];
    if (entity === undefined || rest.length > 0)
      return json(404, { error: { code: "no_route", message: call.path } });
    if (id === undefined) return call.method === "GET" ? list(entity, call) : single(entity, undefined, call);
    if (id === "lookup") return lookup(entity, call);
    if (id === "batch") return batch(entity, call);
    return single(entity, id, call);
  }

  function list(entity: string, call: Call): Answer {
    const limit = Math.min(Number(call.query.get("limit") ?? 100), MAX_PAGE);
    const since = call.query.get("updatedSince");
    const conditions = ["entity = ?", since === null ? "" : "coalesce(modified, created) >= ?"];
    const filter = conditions.filter(Boolean).join(" and ");
    const values = since === null ? [entity] : [entity, Date.parse(since)];
    const after = Number(call.query.get("cursor") ?? 0);
    const page = records.table.select(
      `${filter} and seq > ?`,
      [...values, after],
      `order by seq limit ${limit + 1}`,
    );
    const total = records.table.count(filter, values);
    records.log({ method: `GET ${call.path}`, entity, id: "", kind: "read" });
    const isEmptied = takeOne(records.misbehaviour, "emptyPageNext");
    const shown = isEmptied ? [] : page.slice(0, limit).filter((record) => visible(record, call));
    if (shown.length === 0 && records.misbehaviour.notFoundForEmptyList)
      return json(404, { error: NOT_FOUND });
    const nextCursor = !isEmptied && page.length > limit ? `${page[limit - 1]?.seq}` : null;
    const form = call.query.get("fields") === "version" ? showVersion : showWithStamps;
    return json(200, { data: shown.map(form), nextCursor, total, now: instant(records.now()) });
  }

  function lookup(entity: string, call: Call): Answer {
    const { by, values } = JSON.parse(call.body) as { by: string; values: string[] };
    const column = { id: "id", externalRef: "probe", key: "naturalKey" }[by];
    if (column === undefined)
      return json(400, { error: { code: "bad_request", message: `Cannot look up by ${by}` } });
    const marks = values.map(() => "?").join(", ");
    const found = records.table.select(`entity = ? and ${column} in (${marks})`, [entity, ...values]);
    records.log({
      method: `lookup by ${by}`,
      entity,
      id: values.length === 1 ? `${values[0]}` : "",
      kind: "read",
    });
    if (found.length === 0 && records.misbehaviour.notFoundForEmptyList)
      return json(404, { error: NOT_FOUND });
    return json(200, { data: found.map(showWithStamps) });
  }

  async function single(entity: string, id: string | undefined, call: Call): Promise<Answer> {
    if (call.method === "GET") {
      records.log({ method: `GET ${call.path}`, entity, id: id ?? "", kind: "read" });
      const record = records.get(entity, id ?? "");
      return record ? json(200, showWithStamps(record)) : json(404, { error: NOT_FOUND });
    }
    const fields = call.body === "" ? {} : (JSON.parse(call.body) as JsonObject);
    const ifMatch = call.headers["if-match"];
    const operation: Operation = {
      method: call.method,
      fields,
      ...(id && { id }),
      ...(ifMatch && { ifMatch }),
    };
    const result = await records.commit((stamp) => perform(records, entity, operation, stamp));
    return result ? json(id === undefined ? 201 : 200, showWithStamps(result)) : { status: 204 };
  }

  async function batch(entity: string, call: Call): Promise<Answer> {
    const { operations } = JSON.parse(call.body) as { operations: Operation[] };
    const results = await records.commit((stamp) =>
      operations.map((operation, index) => performInBatch(records, entity, operation, stamp, index)),
    );
    return json(207, { results });
  }
}

const NOT_FOUND = { code: "not_found", message: "Nothing found" };

function isRead(call: Call): boolean {
  return call.method === "GET" || call.path === "/oauth/token" || call.path.endsWith("/lookup");
}

/** Archived and removed records are listed only when asked for. */
function visible(record: StoredRecord, call: Call): boolean {
  const isGone = record.removed || record.native["archived"] === true;
  return !isGone || call.query.get("includeArchived") === "true";
}

function json(status: number, value: object): Answer {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8" },
    body: JSON.stringify(value),
  };
}
