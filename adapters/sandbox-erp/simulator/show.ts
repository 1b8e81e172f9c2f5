import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import type { StoredRecord } from "../../../src/adapter-kit/simulation/index.ts";

/** Element names of the records, by canonical entity name. */
export const RECORD_NAMES: Readonly<Record<string, string>> = {
  customer: "Customer",
  product: "Article",
  "price-list": "PriceList",
  order: "SalesOrder",
  shipment: "Delivery",
  invoice: "Invoice",
  payment: "Receipt",
  "stock-level": "Stock",
};

/** A record's content as the SOAP protocol shows it. */
export function show(record: StoredRecord): JsonObject {
  return { Id: record.id, ...record.native };
}

/** Records as the protocol wraps them, with lock version and stamps. */
export function showRecords(records: readonly StoredRecord[]): JsonObject {
  return wrapped(records, showWithStamps);
}

/** Only what tells whether the records are those last seen. */
export function showVersions(records: readonly StoredRecord[]): JsonObject {
  return wrapped(records, ({ id, version, removed, native }) => ({
    Id: id,
    LockVersion: version,
    ...(native["Blocked"] === true && { Blocked: true }),
    ...(removed && { Deleted: true }),
  }));
}

function wrapped(records: readonly StoredRecord[], form: (record: StoredRecord) => JsonObject): JsonObject {
  const shown: Record<string, JsonObject[]> = {};
  for (const record of records) (shown[RECORD_NAMES[record.entity] ?? ""] ??= []).push(form(record));
  return shown;
}

/** Stamps have whole seconds. */
export function stamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

function showWithStamps(record: StoredRecord): JsonObject {
  return {
    ...show(record),
    LockVersion: record.version,
    Created: stamp(record.created),
    ...(record.modified !== null && { Modified: stamp(record.modified) }),
    ...(record.removed && { Deleted: true }),
  };
}
