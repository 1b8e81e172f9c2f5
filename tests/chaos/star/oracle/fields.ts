import type { Native, SystemName, Value } from "./entry.ts";

/** A record in words common to both systems; absent: it has no such value. */
export type Fields = Record<string, string | undefined>;

/** How to read one entity in one system; other records are named by their natural keys. */
type Reading = {
  key: string;
  probe: string;
  archived: string;
  read: (native: Native, names: Names) => Fields;
};
/** Natural keys of records by entity and local id. */
export type Names = (entity: string, id: Value | undefined) => string | undefined;

export const ENTITIES = ["product", "customer", "order"] as const;
export type EntityName = (typeof ENTITIES)[number];

const CRM = { probe: "externalRef", archived: "archived" };
const ERP = { probe: "ExternalRef", archived: "Blocked" };

export const READINGS: Record<SystemName, Record<EntityName, Reading>> = {
  crm: {
    product: { ...CRM, key: "sku", read: ({ title }) => ({ name: text(title) }) },
    customer: { ...CRM, key: "customerNumber", read: crmCustomer },
    order: { ...CRM, key: "orderNumber", read: crmOrder },
  },
  erp: {
    product: { ...ERP, key: "ArticleNo", read: ({ Name }) => ({ name: text(Name) }) },
    customer: { ...ERP, key: "CustNo", read: erpCustomer },
    order: { ...ERP, key: "CustRef", read: erpOrder },
  },
};

function crmCustomer(record: Native): Fields {
  const mail = listOf(record["channels"]).find(({ type }) => type === "EMAIL");
  return {
    name: text(record["displayName"]),
    mail: text(mail?.["value"]),
    note: text(record["notes"]),
    web: text(record["website"]),
    limit: text(record["creditLimitCents"]),
  };
}

function erpCustomer(record: Native): Fields {
  return {
    name: text(record["Name1"]),
    mail: text(record["Email"]),
    note: text(record["Memo"]),
    web: text(record["Web"]),
    limit: cents(record["CreditLimit"]),
  };
}

function crmOrder(record: Native, names: Names): Fields {
  const lines = listOf(record["lines"]);
  return {
    buyer: names("customer", record["accountId"]),
    lines: String(lines.length),
    item: names("product", lines[0]?.["itemId"]),
    quantity: number(lines[0]?.["qty"]),
    total: text(record["netCents"]),
    promised: text(record["promisedOn"]),
    note: text(record["notes"]),
  };
}

function erpOrder(record: Native, names: Names): Fields {
  const positions = listOf(record["Positions"]);
  return {
    buyer: names("customer", record["CustomerId"]),
    lines: String(positions.length),
    item: names("product", positions[0]?.["ArticleId"]),
    quantity: number(positions[0]?.["Qty"]),
    total: cents(record["SumNet"]),
    promised: text(record["PromDate"]),
    note: text(record["Memo"]),
  };
}

function listOf(value: Value | undefined): Native[] {
  return Array.isArray(value) ? (value as Native[]) : [];
}

function text(value: Value | undefined): string | undefined {
  return value === undefined || value === null || typeof value === "object" ? undefined : String(value);
}

function number(value: Value | undefined): string | undefined {
  const given = text(value);
  return given === undefined ? undefined : String(Number(given));
}

function cents(value: Value | undefined): string | undefined {
  const given = text(value);
  return given === undefined ? undefined : String(Math.round(Number(given) * 100));
}
