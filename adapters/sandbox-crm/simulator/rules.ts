import type { Json, JsonObject } from "../../../src/adapter-kit/contract.ts";
import {
  type EntityRules,
  RefusedError,
  refuse,
  type SandboxRecords,
} from "../../../src/adapter-kit/simulation/index.ts";
import { FIELDS } from "./fields.ts";

const COMMON = { probe: "externalRef", archivedFlag: "archived" };

/** How the Sandbox CRM keeps its records; by canonical entity name. */
export const CRM_RULES: Readonly<Record<string, EntityRules>> = {
  customer: {
    ...COMMON,
    id: (n) => `acc_${n}`,
    fields: FIELDS.account,
    lists: { addresses: "id", channels: "id", contacts: "id", devices: "serialNumber" },
    names: ["displayName", "companyName"],
    naturalKey: "customerNumber",
    complete: (native, _before, records) => {
      required(native, "displayName");
      code(native, "type", ["PERSON", "COMPANY", "DEALER", "AUTHORITY"]);
      code(native, "stage", ["LEAD", "PROSPECT", "CUSTOMER", "LOST"]);
      for (const address of items(native, "addresses")) country(address, "countryCode");
      cents(native, "creditLimitCents", "openBalanceCents", "overdueCents");
      const completed = withItemIds(native, records, { addresses: "adr", channels: "chn", contacts: "con" });
      return withContactRefs(completed);
    },
  },
  product: {
    ...COMMON,
    id: (n) => `itm_${n}`,
    fields: FIELDS.item,
    lists: {},
    names: ["title"],
    naturalKey: "sku",
    complete: (native) => {
      required(native, "sku", "title");
      cents(native, "listPriceCents");
      return native;
    },
  },
  "price-list": {
    ...COMMON,
    id: (n) => `plt_${n}`,
    fields: FIELDS.pricelist,
    lists: { prices: "priceNo" },
    names: ["title"],
    naturalKey: "listNumber",
    complete: (native, _before, records) => {
      required(native, "listNumber", "title", "currency");
      code(native, "status", ["DRAFT", "ACTIVE", "EXPIRED"]);
      for (const price of items(native, "prices")) exists(records, price, "itemId", "product");
      return native;
    },
  },
  quote: {
    ...COMMON,
    id: (n) => `quo_${n}`,
    fields: FIELDS.quote,
    lists: { lines: "lineNo" },
    names: [],
    naturalKey: "quoteNumber",
    complete: (native, _before, records) => {
      required(native, "quoteNumber", "accountId");
      exists(records, native, "accountId", "customer");
      exists(records, native, "orderId", "order");
      code(native, "stage", ["LEAD", "QUALIFIED", "QUOTED", "NEGOTIATING", "WON", "LOST"]);
      for (const line of items(native, "lines")) exists(records, line, "itemId", "product");
      cents(native, "linesCents", "netCents", "taxCents", "grossCents");
      return native;
    },
  },
  order: {
    ...COMMON,
    id: (n) => `ord_${n}`,
    fields: FIELDS.order,
    lists: { lines: "lineNo", fees: "code" },
    names: [],
    naturalKey: "orderNumber",
    complete: completeOrder,
  },
  shipment: {
    ...COMMON,
    id: (n) => `shp_${n}`,
    fields: FIELDS.shipment,
    lists: { lines: "lineNo" },
    names: [],
    naturalKey: "number",
    complete: (native, _before, records) => {
      required(native, "number", "orderId");
      exists(records, native, "orderId", "order");
      for (const line of items(native, "lines")) exists(records, line, "itemId", "product");
      return native;
    },
  },
  invoice: {
    ...COMMON,
    id: (n) => `inv_${n}`,
    fields: FIELDS.invoice,
    lists: { lines: "lineNo", fees: "code" },
    names: [],
    naturalKey: "number",
    complete: (native, _before, records) => {
      required(native, "number", "accountId", "currency", "kind");
      exists(records, native, "accountId", "customer");
      exists(records, native, "orderId", "order");
      exists(records, native, "correctsId", "invoice");
      for (const line of items(native, "lines")) exists(records, line, "itemId", "product");
      cents(native, "paidCents", "netCents", "taxCents", "grossCents");
      return native;
    },
  },
  payment: {
    ...COMMON,
    id: (n) => `pay_${n}`,
    fields: FIELDS.payment,
    lists: { allocations: "invoiceId" },
    names: [],
    naturalKey: "number",
    complete: (native, _before, records) => {
      required(native, "number", "currency", "paidOn");
      cents(native, "amountCents");
      exists(records, native, "accountId", "customer");
      for (const allocation of items(native, "allocations"))
        exists(records, allocation, "invoiceId", "invoice");
      return native;
    },
  },
  "stock-level": {
    ...COMMON,
    id: (n) => `stk_${n}`,
    fields: FIELDS.stock,
    lists: { expected: "id" },
    names: [],
    complete: (native, _before, records) => {
      required(native, "itemId", "place");
      exists(records, native, "itemId", "product");
      return native;
    },
  },
  "service-case": {
    ...COMMON,
    id: (n) => `cas_${n}`,
    fields: FIELDS.case,
    lists: { departments: "code", steps: "code", approvals: "code" },
    names: [],
    naturalKey: "caseNumber",
    complete: completeCase,
  },
};

function completeCase(
  native: JsonObject,
  _before: JsonObject | undefined,
  records: SandboxRecords,
): JsonObject {
  required(native, "accountId", "kind");
  code(native, "kind", ["REQUEST", "COMPLAINT", "REPAIR", "CALLBACK"]);
  code(native, "priority", ["LOW", "NORMAL", "HIGH", "URGENT"]);
  code(native, "status", ["OPEN", "WAITING", "ESCALATED", "RESOLVED", "CLOSED", "CANCELLED"]);
  exists(records, native, "accountId", "customer");
  exists(records, native, "orderId", "order");
  exists(records, native, "invoiceId", "invoice");
  exists(records, native, "shipmentId", "shipment");
  exists(records, native, "itemId", "product");
  const completed = { ...native, status: native["status"] ?? "OPEN" };
  if (typeof native["caseNumber"] === "string") return completed;
  return { ...completed, caseNumber: `SC-${10_000 + records.table.next("caseNumber")}` };
}

const NEXT_STATUS: Readonly<Record<string, readonly string[]>> = {
  NEW: ["CONFIRMED", "HOLD", "CANCELLED"],
  HOLD: ["NEW", "CONFIRMED", "CANCELLED"],
  CONFIRMED: ["HOLD", "CANCELLED", "DONE"],
  CANCELLED: [],
  DONE: [],
};

function completeOrder(
  native: JsonObject,
  before: JsonObject | undefined,
  records: SandboxRecords,
): JsonObject {
  required(native, "accountId", "currency");
  exists(records, native, "accountId", "customer");
  exists(records, native, "quoteId", "quote");
  code(native, "status", Object.keys(NEXT_STATUS));
  const lines = items(native, "lines");
  if (lines.length === 0) refuse("An order needs a line", "lines", native["lines"]);
  for (const line of lines) {
    exists(records, line, "itemId", "product");
    cents(line, "netCents");
  }
  cents(
    native,
    "linesCents",
    "feesCents",
    "netCents",
    "taxCents",
    "grossCents",
    "invoicedCents",
    "paidCents",
  );
  const completed = { ...native, status: nextStatus(native, before, records) };
  if (typeof native["orderNumber"] === "string") return completed;
  return { ...completed, orderNumber: `SO-${1_000_000 + records.table.next("orderNumber")}` };
}

function nextStatus(native: JsonObject, before: JsonObject | undefined, records: SandboxRecords): string {
  const wanted = (native["status"] as string | undefined) ?? "NEW";
  const held = before?.["status"] as string | undefined;
  if (held === undefined || held === wanted || NEXT_STATUS[held]?.includes(wanted)) return wanted;
  if (records.misbehaviour.ignoreTransitions) return held;
  return refuse(
    `An order that is ${held} cannot become ${wanted}`,
    "status",
    wanted,
    NEXT_STATUS[held]?.join(", "),
  );
}

function required(native: JsonObject, ...names: string[]): void {
  for (const name of names) {
    if (native[name] === undefined || native[name] === "") refuse(`${name} is required`, name, undefined);
  }
}

function code(native: JsonObject, name: string, accepted: readonly string[]): void {
  const value = native[name];
  if (value === undefined || accepted.includes(value as string)) return;
  refuse(`${name} is not in the list`, name, value, accepted.join(", "));
}

function country(native: JsonObject, name: string): void {
  const value = native[name];
  if (value !== undefined && !/^[A-Z]{2}$/.test(value as string)) {
    refuse(`${name} is no country`, name, value, "two capital letters");
  }
}

function cents(native: JsonObject, ...names: string[]): void {
  for (const name of names) {
    const value = native[name];
    if (value !== undefined && !Number.isSafeInteger(value))
      refuse(`${name} must be whole cents`, name, value);
  }
}

function exists(records: SandboxRecords, native: JsonObject, name: string, entity: string): void {
  const id = native[name];
  if (id === undefined || records.get(entity, id as string)) return;
  throw new RefusedError({
    kind: "invalid",
    text: `${name} refers to no ${entity}`,
    field: name,
    value: id,
    accepts: `the id of a ${entity}`,
  });
}

function items(native: JsonObject, name: string): JsonObject[] {
  return (native[name] as JsonObject[] | undefined) ?? [];
}

function withItemIds(
  native: JsonObject,
  records: SandboxRecords,
  prefixes: Record<string, string>,
): JsonObject {
  const completed = { ...native };
  for (const [name, prefix] of Object.entries(prefixes)) {
    const list = native[name] as JsonObject[] | undefined;
    if (!list) continue;
    completed[name] = list.map(
      (item): Json => ({ ...item, id: item["id"] ?? `${prefix}_${records.table.next(prefix)}` }),
    );
  }
  return completed;
}

/** Contacts without a number of their own get the next one within the account. */
function withContactRefs(native: JsonObject): JsonObject {
  const contacts = items(native, "contacts");
  if (contacts.every(({ ref }) => ref !== undefined)) return native;
  let last = Math.max(0, ...contacts.map(({ ref }) => Number(ref ?? 0)));
  return { ...native, contacts: contacts.map((item) => ({ ...item, ref: item["ref"] ?? `${(last += 1)}` })) };
}
