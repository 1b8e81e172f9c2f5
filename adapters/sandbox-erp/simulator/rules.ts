import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { type EntityRules, refuse, type SandboxRecords } from "../../../src/adapter-kit/simulation/index.ts";
import { toCents } from "./cents.ts";
import { FIELDS } from "./fields.ts";
import { checkTaxId } from "./tax-id.ts";

const COMMON = { probe: "ExternalRef", archivedFlag: "Blocked", names: [] };
const POSITIONS = { Positions: "PosNo", Charges: "Code" };

/** Identifiers of items in nested lists, by canonical entity name; positions and the like keep theirs for life. */
export const ERP_LISTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  customer: { Addresses: "AddrType", Contacts: "ContactNo" },
  product: {},
  "price-list": { Prices: "PriceNo" },
  order: POSITIONS,
  shipment: { Positions: "PosNo" },
  invoice: POSITIONS,
  payment: { Allocations: "InvoiceId" },
  "stock-level": { Expected: "ExpectedNo" },
};

/** How the Sandbox ERP keeps its records; by canonical entity name. */
export const ERP_RULES: Readonly<Record<string, EntityRules>> = {
  customer: {
    ...COMMON,
    ...numbered("customer", 10_000, FIELDS.Customer),
    names: ["Name1", "LegalName"],
    naturalKey: "CustNo",
    complete: completeCustomer,
  },
  product: {
    ...COMMON,
    ...numbered("product", 20_000, FIELDS.Article),
    names: ["Name"],
    naturalKey: "ArticleNo",
    complete: (native) => {
      required(native, "ArticleNo", "Name");
      code(native, "State", ["A", "X"]);
      code(native, "Unit", UNITS);
      amounts(native, "Price");
      return native;
    },
  },
  "price-list": {
    ...COMMON,
    ...numbered("price-list", 25_000, FIELDS.PriceList),
    naturalKey: "ListNo",
    complete: (native, _before, records) => {
      required(native, "ListNo", "Name", "Curr");
      code(native, "State", ["D", "A", "X"]);
      for (const price of items(native, "Prices")) {
        exists(records, price, "ArticleId", "product");
        code(price, "Unit", UNITS);
      }
      return native;
    },
  },
  order: { ...COMMON, ...numbered("order", 30_000, FIELDS.SalesOrder), complete: completeOrder },
  shipment: {
    ...COMMON,
    ...numbered("shipment", 40_000, FIELDS.Delivery),
    naturalKey: "DeliveryNo",
    complete: (native, _before, records) => {
      exists(records, native, "SalesOrderId", "order");
      for (const position of items(native, "Positions")) exists(records, position, "ArticleId", "product");
      return withNumber(native, "DeliveryNo", "LS-", records);
    },
  },
  invoice: {
    ...COMMON,
    ...numbered("invoice", 50_000, FIELDS.Invoice),
    naturalKey: "InvoiceNo",
    complete: (native, _before, records) => {
      required(native, "CustomerId", "Curr");
      exists(records, native, "CustomerId", "customer");
      exists(records, native, "SalesOrderId", "order");
      checkSums(native);
      return withNumber(native, "InvoiceNo", "RE-", records);
    },
  },
  payment: {
    ...COMMON,
    ...numbered("payment", 60_000, FIELDS.Receipt),
    naturalKey: "ReceiptNo",
    complete: (native, _before, records) => {
      required(native, "Amount", "Curr", "PaidOn");
      amounts(native, "Amount");
      exists(records, native, "CustomerId", "customer");
      for (const allocation of items(native, "Allocations"))
        exists(records, allocation, "InvoiceId", "invoice");
      return withNumber(native, "ReceiptNo", "ZE-", records);
    },
  },
  "stock-level": {
    ...COMMON,
    ...numbered("stock-level", 70_000, FIELDS.Stock),
    complete: (native, _before, records) => {
      required(native, "ArticleId", "Place", "Unit");
      exists(records, native, "ArticleId", "product");
      return native;
    },
  },
};

const UNITS = ["ST", "KG", "M", "L", "STD", "KRT", "PAL"];

/** From one state of an order to the next; `CONFIRMED` is reached by the operation ConfirmOrder only. */
export const NEXT_STATE: Readonly<Record<string, readonly string[]>> = {
  DRAFT: ["CONFIRMED", "HELD", "CANCELLED"],
  HELD: ["DRAFT", "CONFIRMED", "CANCELLED"],
  CONFIRMED: ["HELD", "CANCELLED", "CLOSED"],
  CANCELLED: [],
  CLOSED: [],
};

function numbered(entity: string, start: number, fields: readonly string[]) {
  return { id: (n: number) => `${start + n}`, fields, lists: ERP_LISTS[entity] ?? {} };
}

function completeCustomer(
  native: JsonObject,
  _before: JsonObject | undefined,
  records: SandboxRecords,
): JsonObject {
  required(native, "Name1");
  code(native, "CustKind", ["P", "F", "H", "O"]);
  amounts(native, "CreditLimit", "OpenBalance", "Overdue");
  for (const address of items(native, "Addresses")) checkCountry(address);
  const phone = native["Phone"];
  if (typeof phone === "string" && phone.length > 40)
    refuse("Phone is too long", "Phone", phone, "40 characters");
  checkTaxId(native);
  return withNumber(withContactNumbers(native), "CustNo", "D", records);
}

function withContactNumbers(native: JsonObject): JsonObject {
  const contacts = items(native, "Contacts");
  if (contacts.every(({ ContactNo }) => ContactNo !== undefined)) return native;
  let last = Math.max(0, ...contacts.map(({ ContactNo }) => Number(ContactNo ?? 0)));
  return {
    ...native,
    Contacts: contacts.map((item) => ({ ...item, ContactNo: item["ContactNo"] ?? (last += 1) })),
  };
}

function completeOrder(
  native: JsonObject,
  before: JsonObject | undefined,
  records: SandboxRecords,
): JsonObject {
  required(native, "CustomerId", "Curr");
  exists(records, native, "CustomerId", "customer");
  const positions = items(native, "Positions");
  if (positions.length === 0) refuse("An order needs a position", "Positions", undefined);
  for (const position of positions) {
    exists(records, position, "ArticleId", "product");
    code(position, "Unit", UNITS);
  }
  if (native["ShipTo"] !== undefined) checkCountry(native["ShipTo"] as JsonObject);
  checkSums(native);
  return { ...native, State: nextState(native, before, records) };
}

function nextState(native: JsonObject, before: JsonObject | undefined, records: SandboxRecords): string {
  const wanted = (native["State"] as string | undefined) ?? "DRAFT";
  const held = (before?.["State"] as string | undefined) ?? "DRAFT";
  code(native, "State", Object.keys(NEXT_STATE));
  const isNew = before === undefined;
  if (held === wanted || isNew || NEXT_STATE[held]?.includes(wanted)) return wanted;
  if (records.misbehaviour.ignoreTransitions) return held;
  return refuse(
    `An order that is ${held} cannot become ${wanted}`,
    "State",
    wanted,
    NEXT_STATE[held]?.join(", "),
  );
}

function checkSums(native: JsonObject): void {
  const positions = items(native, "Positions").reduce(
    (sum, { Net }) => sum + toCents(Net, "Positions.Net"),
    0n,
  );
  const charges = items(native, "Charges").reduce(
    (sum, { Amount }) => sum + toCents(Amount, "Charges.Amount"),
    0n,
  );
  sum(native, "SumPositions", positions);
  sum(native, "SumCharges", charges);
  sum(native, "SumNet", positions + charges);
  if (native["SumTax"] === undefined) return;
  sum(native, "SumGross", positions + charges + toCents(native["SumTax"], "SumTax"));
}

function sum(native: JsonObject, name: string, expected: bigint): void {
  if (native[name] === undefined || toCents(native[name], name) === expected) return;
  refuse(`${name} does not add up`, name, native[name]);
}

function withNumber(native: JsonObject, name: string, prefix: string, records: SandboxRecords): JsonObject {
  if (typeof native[name] === "string") return native;
  return { ...native, [name]: `${prefix}${100_000 + records.table.next(name)}` };
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

function checkCountry(address: JsonObject): void {
  const value = address["Country"];
  if (value === undefined || /^[A-Z]{2}$/.test(value as string)) return;
  refuse("Country is no ISO code", "Country", value, "two capital letters");
}

function amounts(native: JsonObject, ...names: string[]): void {
  for (const name of names) toCents(native[name], name);
}

function exists(records: SandboxRecords, native: JsonObject, name: string, entity: string): void {
  const id = native[name];
  if (id === undefined || records.get(entity, id as string)) return;
  refuse(`${name} refers to no ${entity}`, name, id, `the id of a ${entity}`);
}

function items(native: JsonObject, name: string): JsonObject[] {
  return (native[name] as JsonObject[] | undefined) ?? [];
}
