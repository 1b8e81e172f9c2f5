import {
  diffKeyedList,
  type EntityCapability,
  type HttpResponse,
  type Json,
  type JsonObject,
  outcomeOfError,
  type WriteOutcome,
  type WriteRequest,
} from "../../src/adapter-kit/index.ts";
import type { CrmClient } from "./client.ts";
import { outcomeOf, type Result } from "./outcome.ts";

/** Nested lists, with the property by which the CRM knows an item; a PATCH changes them item by item. */
const LISTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  customer: { addresses: "id", channels: "id", contacts: "id", devices: "serialNumber" },
  "price-list": { prices: "priceNo" },
  quote: { lines: "lineNo" },
  order: { lines: "lineNo", fees: "code" },
  shipment: { lines: "lineNo" },
  invoice: { lines: "lineNo", fees: "code" },
  payment: { allocations: "invoiceId" },
  "stock-level": { expected: "id" },
  "service-case": { departments: "code", steps: "code", approvals: "code" },
};

type Operation = { method: "POST" | "PATCH" | "DELETE"; id?: string; ifMatch?: string; fields?: JsonObject };

/** One request alone goes to its own route, several in one bulk call, which is ten times faster. */
export async function writeRecords(
  client: CrmClient,
  entity: string,
  requests: readonly WriteRequest[],
  signal: AbortSignal,
): Promise<WriteOutcome[]> {
  const capability = client.capability(entity);
  const operations = requests.map((request) => operationFor(entity, capability, request));
  try {
    const results = await sendOperations(client, capability, operations, signal);
    return await Promise.all(
      requests.map((request, index) => outcomeOf(client, entity, request, results[index] ?? {}, signal)),
    );
  } catch (error) {
    const outcome = outcomeOfError(error);
    return requests.map(() => outcome);
  }
}

async function sendOperations(
  client: CrmClient,
  capability: EntityCapability,
  operations: readonly Operation[],
  signal: AbortSignal,
): Promise<Result[]> {
  const collection = `/api/v1/${capability.native}`;
  const [first] = operations;
  if (first === undefined) return [];
  if (operations.length === 1) return [await sendOne(client, collection, first, signal)];
  const body = { operations: [...operations] };
  const call = { method: "POST", path: `${collection}/batch`, body, signal, expect: [500] } as const;
  const response = await client.write(call);
  if (response.status === 500) return operations.map(() => ({ status: 500 }));
  return (response.json() as { results: Result[] }).results;
}

async function sendOne(
  client: CrmClient,
  collection: string,
  { method, id, ifMatch, fields }: Operation,
  signal: AbortSignal,
): Promise<Result> {
  const path = id === undefined ? collection : `${collection}/${encodeURIComponent(id)}`;
  const headers: Record<string, string> = ifMatch === undefined ? {} : { "if-match": ifMatch };
  const call = { method, path, headers, signal, expect: [500], ...(fields && { body: fields }) };
  return resultOf(await client.write(call));
}

function resultOf(response: HttpResponse): Result {
  const { status } = response;
  if (status === 204 || status === 500) return { status };
  const answer = response.json() as JsonObject;
  const error = answer["error"] as Result["error"];
  return error ? { status, error } : { status, record: answer };
}

function operationFor(entity: string, capability: EntityCapability, request: WriteRequest): Operation {
  const { probe } = capability;
  if (request.kind === "create") {
    const key: JsonObject = probe === undefined ? {} : { [probe]: request.probeKey };
    return { method: "POST", fields: { ...request.body, ...key } };
  }
  const { localId: id, lockToken } = request;
  const target = { id, ...(lockToken !== undefined && { ifMatch: lockToken }) };
  if (request.kind === "update")
    return { method: "PATCH", ...target, fields: updateFields(entity, probe, request) };
  if (request.kind === "delete") return { method: "DELETE", ...target };
  return { method: "PATCH", ...target, fields: { archived: true } };
}

function updateFields(
  entity: string,
  probe: string | undefined,
  { changes, held, probeKey }: Extract<WriteRequest, { kind: "update" }>,
): JsonObject {
  const fields: JsonObject = {};
  for (const [name, wished] of Object.entries(changes)) {
    const key = LISTS[entity]?.[name];
    fields[name] = key === undefined ? wished : itemChanges(held[name], wished, key);
  }
  if (probe !== undefined && held[probe] !== probeKey) fields[probe] = probeKey;
  return fields;
}

/** What a PATCH says about a nested list: changed properties per item, new items, items to delete. */
function itemChanges(held: Json | undefined, wished: Json, key: string): Json {
  const diff = diffKeyedList(asList(held), asList(wished), key);
  const changed = diff.changed.map((item): Json => ({ [key]: item.key, ...item.changes }));
  const removed = diff.removed.map((item): Json => ({ [key]: item[key] ?? null, _delete: true }));
  return [...changed, ...diff.added, ...removed];
}

function asList(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
