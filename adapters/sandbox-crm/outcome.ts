import {
  type Json,
  type JsonObject,
  outcomeOfError,
  type WriteOutcome,
  type WriteRequest,
} from "../../src/adapter-kit/index.ts";
import type { CrmClient } from "./client.ts";
import { observe } from "./observe.ts";

/** What the CRM says about one write, alone or within a bulk call. */
export type Result = {
  status?: number;
  record?: JsonObject;
  error?: {
    code: string;
    message: string;
    field?: string;
    value?: Json;
    accepts?: string;
    candidates?: string[];
  };
};

/** The property that the CRM keeps unique. */
const NATURAL_KEY: Readonly<Record<string, string>> = {
  customer: "customerNumber",
  product: "sku",
  "price-list": "listNumber",
  quote: "quoteNumber",
  order: "orderNumber",
  shipment: "number",
  invoice: "number",
  payment: "number",
  "service-case": "caseNumber",
};

/** Translates the CRM's word on one write. The error inside counts, whatever the status says. */
export async function outcomeOf(
  client: CrmClient,
  entity: string,
  request: WriteRequest,
  { status, record, error }: Result,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  if (record) return { kind: "written", localId: record["id"] as string, observation: observe(record) };
  if (status === 204 && request.kind !== "create") return { kind: "written", localId: request.localId };
  if (!error) return afterPlain500(client, entity, request, signal);
  const { code, message: text, field, value, accepts } = error;
  if (code === "stale") return { kind: "stale" };
  if (code === "not_found" && request.kind !== "create") return { kind: "missing" };
  if (code === "duplicate") {
    return error.candidates
      ? { kind: "duplicate", candidates: error.candidates, text }
      : duplicate(client, entity, request, text, signal);
  }
  const found = {
    ...(field && { field }),
    ...(value !== undefined && { value }),
    ...(accepts && { accepts }),
  };
  return { kind: "refused", text, ...found };
}

/** Not written for certain; when its holders cannot be asked for just now, the whole is tried later. */
async function duplicate(
  client: CrmClient,
  entity: string,
  request: WriteRequest,
  text: string,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  try {
    return { kind: "duplicate", candidates: await holders(client, entity, request, signal), text };
  } catch (error) {
    return outcomeOfError(error);
  }
}

/** A 500 with an HTML page may mean a taken natural key; otherwise nobody knows what became of the write. */
async function afterPlain500(
  client: CrmClient,
  entity: string,
  request: WriteRequest,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const candidates = request.kind === "create" ? await holders(client, entity, request, signal) : [];
  if (candidates.length > 0)
    return { kind: "duplicate", candidates, text: "The CRM failed; the natural key is taken" };
  return { kind: "unknown", text: "The CRM answered with an internal error" };
}

/** Records other than this one that hold its natural key. */
async function holders(
  client: CrmClient,
  entity: string,
  request: WriteRequest,
  signal: AbortSignal,
): Promise<string[]> {
  if (request.kind !== "create" && request.kind !== "update") return [];
  const key = (request.kind === "create" ? request.body : request.changes)[NATURAL_KEY[entity] ?? ""];
  if (typeof key !== "string") return [];
  const { probe } = client.capability(entity);
  const found = await client.lookup(entity, "key", [key], signal);
  const others = found.filter((wire) => probe === undefined || wire[probe] !== request.probeKey);
  return others.map((wire) => wire["id"] as string);
}
