import {
  diffKeyedList,
  type EntityCapability,
  type Json,
  type JsonObject,
  NaveError,
  outcomeOfError,
  type WriteOutcome,
  type WriteRequest,
} from "../../src/adapter-kit/index.ts";
import type { ErpClient } from "./client.ts";
import { withoutEmpty } from "./observe.ts";
import { afterHtml, outcomeOf } from "./outcome.ts";
import { NoEnvelope, SoapFault } from "./soap-transport.ts";
import { unwritable } from "./xml-text.ts";

/** Nested lists, with the element by which the ERP knows an item; a Save changes them item by item. */
const LISTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  customer: { Addresses: "AddrType", Contacts: "ContactNo" },
  "price-list": { Prices: "PriceNo" },
  order: { Positions: "PosNo", Charges: "Code" },
};

/** All requests go in one Save; those that XML cannot carry are refused here and not sent. */
export async function writeRecords(
  client: ErpClient,
  entity: string,
  requests: readonly WriteRequest[],
  signal: AbortSignal,
): Promise<WriteOutcome[]> {
  const capability = client.capability(entity);
  const changes = requests.map((request) => changeFor(entity, capability, request));
  const refused = changes.map((change) => unwritable(change["Records"]));
  const sent = changes.filter((_change, index) => refused[index] === undefined);
  try {
    const results = sent.length === 0 ? [] : await save(client, capability, sent, signal);
    const pending = results.values();
    const outcomes: WriteOutcome[] = [];
    for (const [index, request] of requests.entries()) {
      const refusal = refused[index];
      outcomes.push(
        refusal ?? (await outcomeOf(client, entity, request, pending.next().value ?? {}, signal)),
      );
    }
    return outcomes;
  } catch (error) {
    const outcome: WriteOutcome = error instanceof SoapFault ? refusal(error) : outcomeOfError(error);
    const isAnswered = error instanceof NaveError && error.cause instanceof NoEnvelope;
    const outcomes = requests.map(async (request, index) => {
      return refused[index] ?? (isAnswered ? afterHtml(client, entity, request, outcome, signal) : outcome);
    });
    return Promise.all(outcomes);
  }
}

async function save(
  client: ErpClient,
  { native }: EntityCapability,
  changes: JsonObject[],
  signal: AbortSignal,
): Promise<JsonObject[]> {
  const reply = await client.change("Save", { Entity: native, Changes: changes }, signal);
  return (reply["Results"] ?? []) as JsonObject[];
}

/** A fault for the whole Save: nothing of it is done. */
function refusal(fault: SoapFault): WriteOutcome {
  return { kind: "refused", text: fault.message };
}

function changeFor(entity: string, capability: EntityCapability, request: WriteRequest): JsonObject {
  const { native, probe } = capability;
  if (request.kind === "create") {
    const key: JsonObject = probe === undefined ? {} : { [probe]: request.probeKey };
    return { Action: "insert", Records: { [native]: [{ ...withoutEmpty(request.body), ...key }] } };
  }
  const { localId, lockToken } = request;
  const target = { Id: localId, ...(lockToken !== undefined && { LockVersion: Number(lockToken) }) };
  if (request.kind === "delete") return { Action: "delete", ...target };
  if (request.kind === "update") {
    return { Action: "update", ...target, ...updateFields(entity, capability, request) };
  }
  return { Action: "update", ...target, Records: { [native]: [{ Blocked: true }] } };
}

/** Only what differs: elements to set, lists item by item, names of elements to clear. */
function updateFields(
  entity: string,
  { native, probe }: EntityCapability,
  { changes, held, probeKey }: Extract<WriteRequest, { kind: "update" }>,
): JsonObject {
  const fields: JsonObject = {};
  const cleared: string[] = [];
  for (const [name, wished] of Object.entries(changes)) {
    const key = LISTS[entity]?.[name];
    if (key !== undefined) fields[name] = itemChanges(held[name], wished, key);
    else if (wished === null) cleared.push(name);
    else fields[name] = wished;
  }
  if (probe !== undefined && held[probe] !== probeKey) fields[probe] = probeKey;
  return { Records: { [native]: [withoutEmpty(fields)] }, Clear: cleared };
}

/** What a Save says about a nested list: new items, changed items whole, items to delete. */
function itemChanges(held: Json | undefined, wished: Json, key: string): Json {
  const diff = diffKeyedList(asList(held), asList(wished), key);
  const added = diff.added.map((item): Json => ({ Op: "I", ...item }));
  const changed = diff.changed.map((item): Json => ({ Op: "U", ...item.wished }));
  const removed = diff.removed.map((item): Json => ({ Op: "D", [key]: item[key] ?? null }));
  return [...added, ...changed, ...removed];
}

function asList(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
