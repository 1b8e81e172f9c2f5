import {
  compare,
  type JsonObject,
  multiply,
  NaveError,
  type Observation,
  subtract,
  type WriteOutcome,
  type WriteRequest,
} from "../../src/adapter-kit/index.ts";
import { asFileName } from "./folders.ts";
import type { Journal } from "./journal.ts";
import { observationOf, recordsOf } from "./records.ts";
import { readShape, writeShape } from "./shape.ts";
import { type Supplier, stopWhenAborted } from "./supplier.ts";
import { ORDER } from "./ubl.ts";
import { UnreadableError } from "./unreadable.ts";
import { NOT_XML, readXml } from "./xml-element.ts";

const LONGEST_FILE_NAME = 120;

/** Sends orders. Each is a document: what was sent stays as it is. */
export async function writeRecords(
  supplier: Supplier,
  entity: string,
  requests: readonly WriteRequest[],
  signal: AbortSignal,
): Promise<WriteOutcome[]> {
  const { create } = supplier.capability(entity);
  const outcomes: WriteOutcome[] = [];
  for (const request of requests) {
    if (!create || request.kind !== "create") {
      const text = `A supplier takes no ${request.kind} of a ${entity}`;
      outcomes.push({ kind: "refused", text });
    } else outcomes.push(await sendOrder(supplier, request, signal));
  }
  return outcomes;
}

async function sendOrder(
  supplier: Supplier,
  { probeKey, body }: Extract<WriteRequest, { kind: "create" }>,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const order = complete(supplier, body, probeKey);
  const refusal = refusalOf(order);
  if (refusal) return refusal;
  try {
    return await supplier.inJournal(async (journal) => {
      stopWhenAborted(signal);
      return sendOnce(journal, order, probeKey);
    });
  } catch (error) {
    // Until the move into the inbox, which cannot fail half way, nothing has been sent.
    const text = error instanceof Error ? error.message : String(error);
    if (error instanceof NaveError && error.code !== "NAVE_SYSTEM_UNAVAILABLE") throw error;
    return { kind: "unavailable", text };
  }
}

async function sendOnce(journal: Journal, order: JsonObject, probeKey: string): Promise<WriteOutcome> {
  const id = order["ID"] as string;
  const same = (await journal.sent()).filter((sent) => sent.id === id || sent.uuid === probeKey);
  const [other] = same.filter((sent) => sent.id !== id || sent.uuid !== probeKey);
  if (other) {
    const text = `The order ${other.id} was sent already, and is never sent again`;
    return { kind: "duplicate", candidates: [other.id], text };
  }
  const sent = same[0] ?? (await journal.send(id, probeKey, writeShape(order, ORDER)));
  const [record] = recordsOf("purchase-order", { sent: [sent], documents: [] });
  return { kind: "written", localId: id, ...(record && { observation: observationOf(record) }) };
}

/** What stands in every order: the hub's key, the parties, the day of issue. A line that costs less says why. */
function complete({ context }: Supplier, body: JsonObject, probeKey: string): JsonObject {
  const { buyer = "Buyer", seller = "Supplier" } = context.settings;
  const { State: _state, ...given } = body;
  const lines = Array.isArray(given["OrderLine"]) ? (given["OrderLine"] as JsonObject[]) : [];
  return {
    IssueDate: new Date().toISOString().slice(0, 10),
    ...given,
    UUID: probeKey,
    Buyer: buyer,
    Seller: seller,
    ...(given["OriginatorOrder"] !== undefined && { CustomerReference: given["OriginatorOrder"] }),
    OrderLine: lines.map(withDiscount),
  };
}

function withDiscount(line: JsonObject): JsonObject {
  const { Price, Quantity, NetAmount } = line;
  if (typeof Price !== "string" || typeof Quantity !== "string" || typeof NetAmount !== "string") return line;
  const taken = subtract(multiply(Price, Quantity), NetAmount);
  if (line["DiscountPercent"] === undefined || compare(taken, "0") <= 0) return line;
  return { ...line, ChargeIndicator: "false", DiscountAmount: taken };
}

/** An order that would not be read as it was written is not sent. */
function refusalOf(order: JsonObject): Extract<WriteOutcome, { kind: "refused" }> | undefined {
  const field = unwritableField(order, "");
  if (field !== undefined)
    return { kind: "refused", text: `${field} holds a character that XML cannot carry`, field };
  const id = order["ID"];
  if (typeof id === "string" && asFileName(id).length > LONGEST_FILE_NAME)
    return { kind: "refused", text: "ID is too long for a file name", field: "ID", value: id };
  try {
    readShape(readXml(Buffer.from(writeShape(order, ORDER))), ORDER);
    return undefined;
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    return { kind: "refused", text: error.message };
  }
}

function unwritableField(value: JsonObject[string] | undefined, path: string): string | undefined {
  if (typeof value === "string") return NOT_XML.test(value) ? path : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, held] of Object.entries(value)) {
    const found = unwritableField(held, path === "" ? name : `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

export async function findByProbe(
  supplier: Supplier,
  entity: string,
  probeKeys: readonly string[],
  signal: AbortSignal,
): Promise<{ probeKey: string; observation: Observation }[]> {
  if (supplier.capability(entity).probe === undefined) return [];
  const { sent, documents } = await supplier.look(signal);
  const uuids = new Map(sent.map(({ id, uuid }) => [id, uuid]));
  return recordsOf(entity, { sent, documents }).flatMap((record) => {
    const probeKey = uuids.get(record.localId);
    if (probeKey === undefined || !probeKeys.includes(probeKey)) return [];
    return [{ probeKey, observation: observationOf(record) }];
  });
}
