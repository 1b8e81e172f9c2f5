import { randomUUID } from "node:crypto";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import {
  type Answer,
  type Call,
  type Face,
  HTML_500,
  RefusedError,
  type SandboxRecords,
  type StoredRecord,
  takeOne,
} from "../../../src/adapter-kit/simulation/index.ts";
import {
  cancelOrder,
  confirmOrder,
  creditCheck,
  releaseStock,
  remindOf,
  reserveStock,
  stockAvailable,
} from "./business.ts";
import { type Change, saveChanges, worded } from "./save.ts";
import { RECORD_NAMES, showRecords, showVersions, stamp } from "./show.ts";
import { envelope, escapeText, readEnvelope, toXml } from "./xml.ts";

const MAX_PAGE = 500;
const WRITES = /<(?:\w+:)?(?:Save|ConfirmOrder|CancelOrder|ReserveStock|ReleaseStock|SendReminder)[\s>]/;
/** Where replies are kept by their RequestId, beside the records, so that they outlive a restart. */
const REPLIES = "reply";

/** Awaited before a request is worked on: an ERP that takes its time over some. */
export type BeforeWork = (operation: string, args: JsonObject) => Promise<void>;

export type SoapOptions = {
  records: SandboxRecords;
  user: string;
  password: string;
  generation: string;
  before?: BeforeWork | undefined;
};

/** The Sandbox ERP's SOAP protocol: sessions in a header, pages in order of the stamps, lock versions, one bulk call. */
export function soapFace({ records, user, password, generation, before }: SoapOptions): Face {
  const sessions = new Map<string, number>();
  const operations: Readonly<Record<string, (args: JsonObject) => JsonObject | Promise<JsonObject>>> = {
    Ping: () => ({ Version: "7.2", ServerTime: stamp(records.now()), Generation: generation }),
    Query: query,
    Read: ({ Entity, Ids }) => find(entityOf(Entity), "id", Ids as string[]),
    Find: ({ Entity, Field, Values }) => {
      return find(entityOf(Entity), Field === "ExternalRef" ? "probe" : "naturalKey", Values as string[]);
    },
    Save: async ({ Entity, Changes }) => {
      const changes = Changes as Change[];
      return { Results: await records.commit((at) => saveChanges(records, entityOf(Entity), changes, at)) };
    },
    ConfirmOrder: ({ Id, RequestId }) => once(RequestId, () => stateOf(confirmOrder(records, Id as string))),
    CancelOrder: ({ Id, Reason, RequestId }) => {
      return once(RequestId, () => stateOf(cancelOrder(records, Id as string, (Reason as string) ?? "")));
    },
    ReserveStock: ({ ArticleId, Qty, RequestId }) => {
      return once(RequestId, () => stockOf(reserveStock(records, ArticleId as string, Qty as string)));
    },
    ReleaseStock: ({ ArticleId, Qty, RequestId }) => {
      return once(RequestId, () => stockOf(releaseStock(records, ArticleId as string, Qty as string)));
    },
    StockAvailable: ({ ArticleId }) => ({ Status: "OK", ...stockAvailable(records, ArticleId as string) }),
    SendReminder: ({ InvoiceId }) => once(undefined, () => remindOf(records, InvoiceId as string)),
    CreditCheck: ({ CustomerId, Amount, Curr }) => {
      const answer = creditCheck(records, CustomerId as string, Amount as string);
      return { Status: "OK", ...answer, ...(Curr !== undefined && { Curr }) };
    },
  };
  return {
    isSession: ({ body }) => /<(?:\w+:)?Login[\s>]/.test(body),
    isWrite: ({ body }) => WRITES.test(body),
    answer: async (call) => {
      if (call.path !== "/soap") return { status: 404, body: "not found" };
      try {
        return await answer(call);
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        const isHtml = error.refusal.kind === "duplicate" && records.misbehaviour.duplicateAs === "html-500";
        if (isHtml || records.misbehaviour.htmlErrors) return HTML_500;
        return fault(worded(error.refusal, records));
      }
    },
  };

  async function answer(call: Call): Promise<Answer> {
    const { operation, args, sessionId } = readEnvelope(call.body);
    if (operation === "Login") return login(args);
    if ((sessions.get(sessionId ?? "") ?? 0) <= Date.now())
      return fault({ Code: "SESSION", Text: "No such session" });
    const perform = operations[operation];
    if (!perform) return fault({ Code: "OPERATION", Text: `There is no operation ${operation}` });
    await before?.(operation, args);
    const reply = await perform(args);
    if (
      reply["Records"] &&
      isEmpty(reply["Records"] as JsonObject) &&
      records.misbehaviour.notFoundForEmptyList
    ) {
      return { status: 404, body: "nothing found" };
    }
    return xml(200, toXml(`${operation}Response`, reply));
  }

  function login(args: JsonObject): Answer {
    records.log({ method: "Login", entity: "", id: "", kind: "session" });
    if (args["User"] !== user || args["Password"] !== password) {
      return fault({ Code: "CREDENTIALS", Text: "Unknown user or wrong password" });
    }
    const session = randomUUID();
    sessions.set(session, Date.now() + records.misbehaviour.sessionLifetimeMs);
    return xml(200, toXml("LoginResponse", { Session: session }));
  }

  function query({ Entity, ModifiedSince, After, Limit, VersionsOnly }: JsonObject): JsonObject {
    const entity = entityOf(Entity);
    const limit = Math.min((Limit as number | undefined) ?? 100, MAX_PAGE);
    const mark = "coalesce(modified, created)";
    const since = ModifiedSince === undefined ? -8.64e15 : Date.parse(ModifiedSince as string);
    const [afterMark = -8.64e15, afterSeq = 0] =
      typeof After === "string" ? After.split("|").map(Number) : [];
    const filter = `entity = ? and ${mark} >= ?`;
    const condition = `${filter} and (${mark}, seq) > (?, ?)`;
    const tail = `order by ${mark}, seq limit ${limit + 1}`;
    const page = records.table.select(condition, [entity, since, afterMark, afterSeq], tail);
    records.log({ method: "Query", entity, id: "", kind: "read" });
    const isEmptied = takeOne(records.misbehaviour, "emptyPageNext");
    const last = page[limit - 1];
    const isMore = page.length > limit && last !== undefined && !isEmptied;
    return {
      Records: (VersionsOnly === true ? showVersions : showRecords)(isEmptied ? [] : page.slice(0, limit)),
      Total: records.table.count(filter, [entity, since]),
      ServerTime: stamp(records.now()),
      ...(isMore && { Continuation: `${last.modified ?? last.created}|${last.seq}` }),
    };
  }

  function find(entity: string, column: string, values: readonly string[] = []): JsonObject {
    const marks = values.map(() => "?").join(", ");
    const found = records.table.select(`entity = ? and ${column} in (${marks})`, [entity, ...values]);
    const id = values.length === 1 ? `${values[0]}` : "";
    records.log({ method: `Find ${column}`, entity, id, kind: "read" });
    return { Records: showRecords(found) };
  }

  /** A repeated RequestId is answered with what the first one brought. */
  function once(requestId: JsonObject[string] | undefined, work: () => JsonObject): Promise<JsonObject> {
    return records.commit((at) => {
      const known = typeof requestId === "string" ? records.table.get(REPLIES, requestId) : undefined;
      if (known) return known.native;
      const reply = { Status: "OK", ...work() };
      if (typeof requestId === "string") {
        const kept = { entity: REPLIES, id: requestId, native: reply, version: 1, created: at };
        records.table.insert({ ...kept, modified: null, removed: false, probe: null, naturalKey: null });
      }
      return reply;
    });
  }

  function stateOf({ native, entity, id }: StoredRecord): JsonObject {
    records.log({ method: "state change", entity, id, kind: "operation" });
    const { State = "", OrderNo } = native;
    return { State, ...(OrderNo !== undefined && { OrderNo }) };
  }

  function stockOf({ native, entity, id }: StoredRecord): JsonObject {
    records.log({ method: "reservation", entity, id, kind: "operation" });
    return { Reserved: native["Reserved"] ?? "0", Available: native["Available"] ?? "0" };
  }

  function fault(detail: JsonObject): Answer {
    const text = escapeText(detail["Text"] as string);
    const code = `<faultcode>soap:Client</faultcode><faultstring>${text}</faultstring>`;
    const body = `<soap:Fault>${code}<detail>${toXml("Error", detail)}</detail></soap:Fault>`;
    return xml(records.misbehaviour.errorInsideOk ? 200 : 500, body);
  }
}

function entityOf(name: JsonObject[string] | undefined): string {
  const found = Object.entries(RECORD_NAMES).find(([, recordName]) => recordName === name);
  if (found) return found[0];
  throw new RefusedError({ kind: "missing", text: `There is no entity ${JSON.stringify(name)}` });
}

function isEmpty(records: JsonObject): boolean {
  return Object.keys(records).length === 0;
}

function xml(status: number, body: string): Answer {
  return { status, headers: { "content-type": "text/xml; charset=utf-8" }, body: envelope(body) };
}
