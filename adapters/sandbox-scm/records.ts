import { add, compare, type JsonObject, type Observation } from "../../src/adapter-kit/index.ts";
import type { ArchivedDocument } from "./archive.ts";
import type { SentOrder } from "./journal.ts";
import { instantOf, type Kind } from "./ubl.ts";

/** A record as the hub sees it, and when the last document that makes it up was written or taken. */
export type SupplierRecord = {
  localId: string;
  native: JsonObject;
  modifiedAt: string | undefined;
  stamp: string;
};

export type Holdings = { sent: readonly SentOrder[]; documents: readonly ArchivedDocument[] };

/** What the supplier holds of one entity: each record made of all documents about it, whatever order they came in. */
export function recordsOf(entity: string, holdings: Holdings): SupplierRecord[] {
  if (entity === "purchase-order") return purchaseOrders(holdings);
  return entity === "shipment" ? shipments(holdings) : stockLevels(holdings);
}

export function observationOf({ localId, native, modifiedAt }: SupplierRecord): Observation {
  return { localId, native, ...(modifiedAt !== undefined && { modifiedAt }) };
}

/** Our order with the supplier's last answer, and what has been despatched of each line. */
function purchaseOrders({ sent, documents }: Holdings): SupplierRecord[] {
  const answers = Map.groupBy(ofKind(documents, "OrderResponse"), orderId);
  const despatches = Map.groupBy(latestById(ofKind(documents, "DespatchAdvice")), orderId);
  return sent.map(({ id, stamp, native }) => {
    const answer = newest(answers.get(id) ?? []);
    const despatched = despatches.get(id) ?? [];
    const lines = (native["OrderLine"] as JsonObject[]).map((line) => withDespatched(line, despatched));
    const answered = answer ? answerOf(answer.native) : {};
    const record = { ...native, ...answered, OrderLine: lines, State: stateOf(answer?.native, lines) };
    const about = [...(answer ? [answer] : []), ...despatched];
    return {
      localId: id,
      native: record,
      modifiedAt: about
        .map((one) => one.issuedAt)
        .toSorted()
        .at(-1),
      stamp: latestStamp(stamp, about),
    };
  });
}

function answerOf({ ResponseCode = "", PromisedDeliveryDate, Note }: JsonObject): JsonObject {
  return {
    ResponseCode,
    ...(PromisedDeliveryDate !== undefined && { PromisedDeliveryDate }),
    ...(Note !== undefined && { ResponseNote: Note }),
  };
}

function withDespatched(line: JsonObject, despatches: readonly ArchivedDocument[]): JsonObject {
  const quantities = despatches
    .flatMap(({ native }) => native["DespatchLine"] as JsonObject[])
    .filter(({ OrderLineID }) => OrderLineID === line["ID"])
    .map(({ Quantity }) => Quantity as string);
  if (quantities.length === 0) return line;
  return { ...line, DespatchedQuantity: quantities.reduce(add) };
}

/** UN/CEFACT 4343: AP accepted, CA accepted with changes, RE rejected; AB acknowledges only. */
function stateOf(answer: JsonObject | undefined, lines: readonly JsonObject[]): string {
  if (lines.every(isShipped)) return "SHIPPED";
  if (lines.some((line) => line["DespatchedQuantity"] !== undefined)) return "PARTLY-SHIPPED";
  const code = answer?.["ResponseCode"];
  if (code === "RE") return "REJECTED";
  return code === "AP" || code === "CA" ? "ACCEPTED" : "SENT";
}

function isShipped({ DespatchedQuantity = "0", Quantity }: JsonObject): boolean {
  return compare(DespatchedQuantity as string, Quantity as string) >= 0;
}

/** A despatch advice, with the customer's order behind our order, which we know from what we have sent. */
function shipments({ sent, documents }: Holdings): SupplierRecord[] {
  const orders = new Map(sent.map((order) => [order.id, order.native]));
  return latestById(ofKind(documents, "DespatchAdvice")).map((document) => {
    const { IssueDate: _day, IssueTime: _time, DespatchDate, DespatchTime, ...rest } = document.native;
    const behind = orders.get(orderId(document))?.["OriginatorOrder"];
    const lines = rest["DespatchLine"] as JsonObject[];
    const issued = document.issuedAt;
    const left =
      DespatchDate === undefined ? issued : instantOf(DespatchDate as string, DespatchTime as string);
    const native: JsonObject = {
      ...rest,
      ...(behind !== undefined && { OriginatorOrder: behind }),
      State: "SHIPPED",
      DespatchedAt: left,
      Partial: lines.some(({ Outstanding }) => compare((Outstanding as string) ?? "0", "0") > 0),
    };
    return { localId: rest["ID"] as string, native, modifiedAt: issued, stamp: document.stamp };
  });
}

/** The last report about each item at each place. */
function stockLevels({ documents }: Holdings): SupplierRecord[] {
  const latest = new Map<string, SupplierRecord>();
  for (const { native: report, issuedAt: asOf, stamp } of ofKind(documents, "InventoryReport").toSorted(
    byIssue,
  )) {
    for (const { ID: _id, ...line } of report["Line"] as JsonObject[]) {
      const Place = (line["Place"] as string | undefined) ?? "supplier";
      const localId = `${Place}:${line["ItemID"] as string}`;
      const native = { ...line, Place, PlaceKind: "SUPPLIER", AsOf: asOf };
      latest.set(localId, { localId, native, modifiedAt: asOf, stamp });
    }
  }
  return [...latest.values()];
}

function ofKind(documents: readonly ArchivedDocument[], kind: Kind): ArchivedDocument[] {
  return documents.filter((document) => document.kind === kind);
}

/** A document that came twice counts once; the one issued last, whichever came last. */
function latestById(documents: readonly ArchivedDocument[]): ArchivedDocument[] {
  return [...new Map(documents.toSorted(byIssue).map((one) => [one.native["ID"], one])).values()];
}

function newest(documents: readonly ArchivedDocument[]): ArchivedDocument | undefined {
  return documents.toSorted(byIssue).at(-1);
}

/** Stable: of two issued at the same time the one that came later is last. */
function byIssue(one: ArchivedDocument, other: ArchivedDocument): number {
  return one.issuedAt < other.issuedAt ? -1 : Number(one.issuedAt > other.issuedAt);
}

function orderId({ native }: ArchivedDocument): string {
  return native["OrderID"] as string;
}

function latestStamp(stamp: string, documents: readonly ArchivedDocument[]): string {
  return [stamp, ...documents.map((document) => document.stamp)].toSorted().at(-1) ?? stamp;
}
