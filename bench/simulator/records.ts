import type { JsonObject } from "../../src/adapter-kit/contract.ts";

/** Of every order; each names another product, numbered from 1. */
export const LINES = 5;
/** Records of one kind differ in their digits and in nothing else. */
export const KINDS = ["COMPANY", "DEALER", "AUTHORITY"];

/** Whatever of a record is unique is made of these. */
export function digitsOf(n: number): string {
  return String(n).padStart(8, "0");
}

/** The n-th record of an entity as the bench CRM holds it; always the same for the same number and revision. */
export function crmRecord(entity: string, n: number, rev: number): JsonObject {
  if (entity === "customer") return customer(n, rev);
  if (entity === "order") return order(n, rev);
  if (entity === "product") {
    const digits = digitsOf(n);
    return { id: crmId("product", n), sku: `P-${digits}`, title: `Item ${digits}` };
  }
  throw new Error(`the bench CRM has no ${entity}`);
}

export function crmId(entity: string, n: number): string {
  return `${entity === "customer" ? "a" : entity.charAt(0)}-${digitsOf(n)}`;
}

/** By which a record is known again in the other systems. */
export function numberOf(record: JsonObject): string | undefined {
  const { customerNumber, CustNo, orderNumber, CustRef, sku, ArticleNo } = record;
  return (customerNumber ?? CustNo ?? orderNumber ?? CustRef ?? sku ?? ArticleNo) as string | undefined;
}

/** About 700 bytes as JSON: two addresses, two contact points, and what records are matched by, all unique. */
function customer(n: number, rev: number): JsonObject {
  const digits = digitsOf(n);
  const name = `Company ${digits} Ltd`;
  const address = (role: string): JsonObject => ({
    role,
    recipient: name,
    street: "17 High Street",
    zip: "10115",
    town: "Berlin",
    countryCode: "DE",
  });
  return {
    id: crmId("customer", n),
    displayName: name,
    type: KINDS[n % KINDS.length] as string,
    companyName: name,
    language: "de",
    addresses: [address("BILL"), address("SHIP")],
    channels: [
      { type: "EMAIL", value: `office@c${digits}.example` },
      { type: "PHONE", value: `+4930${digits}` },
    ],
    customerNumber: `C-${digits}`,
    vatNumber: `DE1${digits}`,
    notes: `Revision ${rev}. Delivers on Tuesdays only; the gate is round the corner.`,
  };
}

function order(n: number, rev: number): JsonObject {
  const lines = Array.from({ length: LINES }, (_, index) => ({
    lineNo: String(index + 1),
    itemId: crmId("product", index + 1),
    text: `Item ${index + 1}, packed singly`,
    quantity: String(index + 1),
    unit: "C62",
    price: "19.90",
    taxPercent: "0",
    net: ((index + 1) * 19.9).toFixed(2),
  }));
  return {
    id: crmId("order", n),
    orderNumber: `O-${digitsOf(n)}`,
    accountId: crmId("customer", n),
    orderedAt: new Date(Date.UTC(2026, 0, 1)).toISOString(),
    currency: "EUR",
    status: rev % 2 ? "OPEN" : "CONFIRMED",
    lines,
    linesNet: "298.50",
    net: "298.50",
    tax: "0.00",
    gross: "298.50",
    roundingMode: "HALF_UP",
    roundingPer: "LINE",
  };
}
