import type { JsonObject } from "../../src/adapter-kit/contract.ts";

const LINES = 5;

/** The n-th record of an entity as the bench CRM holds it; always the same for the same number and revision. */
export function crmRecord(entity: string, n: number, rev: number): JsonObject {
  if (entity === "customer") return customer(n, rev);
  if (entity === "order") return order(n, rev);
  throw new Error(`the bench CRM has no ${entity}`);
}

export function crmId(entity: string, n: number): string {
  return `${entity === "order" ? "o" : "a"}-${n}`;
}

/** By which a record is known again in the other systems. */
export function numberOf(record: JsonObject): string | undefined {
  const { customerNumber, CustNo, orderNumber, CustRef } = record;
  return (customerNumber ?? CustNo ?? orderNumber ?? CustRef) as string | undefined;
}

/** About 700 bytes as JSON: two addresses, two contact points, and what records are matched by, all unique. */
function customer(n: number, rev: number): JsonObject {
  const name = `Company ${n.toString(36)} ${wordOf(n)} Ltd`;
  const address = (role: string): JsonObject => ({
    role,
    recipient: name,
    street: `${n % 997} High Street`,
    zip: String(10_000 + (n % 89_999)),
    town: "Berlin",
    countryCode: "DE",
  });
  return {
    id: crmId("customer", n),
    displayName: name,
    type: ["COMPANY", "DEALER", "AUTHORITY"][n % 3] as string,
    companyName: name,
    language: "de",
    addresses: [address("BILL"), address("SHIP")],
    channels: [
      { type: "EMAIL", value: `office@c${n}.example` },
      { type: "PHONE", value: `+4930${String(1_000_000 + n).padStart(8, "0")}` },
    ],
    customerNumber: `C-${n}`,
    vatNumber: `DE${100_000_000 + n}`,
    notes: `Revision ${rev}. Delivers on Tuesdays only; the gate is round the corner.`,
  };
}

function order(n: number, rev: number): JsonObject {
  const lines = Array.from({ length: LINES }, (_, index) => ({
    lineNo: String(index + 1),
    text: `Item ${(n + index) % 500}, packed singly`,
    quantity: String(index + 1),
    unit: "C62",
    price: "19.90",
    net: ((index + 1) * 19.9).toFixed(2),
  }));
  return {
    id: crmId("order", n),
    orderNumber: `O-${n}`,
    accountId: crmId("customer", n),
    orderedAt: new Date(Date.UTC(2026, 0, 1) + (n % 31_536_000) * 1000).toISOString(),
    currency: "EUR",
    status: rev % 2 ? "OPEN" : "CONFIRMED",
    lines,
    net: "298.50",
  };
}

const WORDS = ["Bicycle", "Ferry", "Harbour", "Lantern", "Mill", "Orchard", "Quarry", "Timber"];
function wordOf(n: number): string {
  return `${WORDS[n % 8]} ${WORDS[Math.floor(n / 8) % 8]}`;
}
