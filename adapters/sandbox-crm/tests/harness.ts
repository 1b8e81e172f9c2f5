import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { WELL_BEHAVED } from "../../../src/adapter-kit/simulation/index.ts";
import type { Harness } from "../../../tests/adapters/harness.ts";
import { startServer } from "../simulator/server.ts";

type References = Readonly<Record<string, string>>;

const SAMPLES: Readonly<Record<string, (n: number, to: References) => JsonObject>> = {
  customer: (n) => ({
    type: "COMPANY",
    displayName: `Nordwind Fahrrad & Söhne Handelsgesellschaft ${n}`,
    companyName: `Nordwind ${n} GmbH`,
    customerNumber: `K${n}`,
    language: "de",
    stage: "CUSTOMER",
    creditLimitCents: 1_234_567,
    creditCurrency: "EUR",
    addresses: [
      { role: "BILL", street: "Deichstraße 1\nHinterhaus", zip: "20459", town: "Hamburg", countryCode: "DE" },
      { role: "SHIP", street: "12 Rue du Port", zip: "13002", town: "Marseille", countryCode: "FR" },
    ],
    channels: [
      { type: "EMAIL", value: `einkauf${n}@nordwind.example`, preferred: true },
      { type: "PHONE", value: "+49 40 5550123" },
    ],
    contacts: [{ ref: "1", name: "Ann Larsen", role: "Purchasing" }],
    devices: [{ serialNumber: `F-${n}`, boughtOn: "2025-05-02", warrantyUntil: "2027-05-01" }],
  }),
  product: (n) => ({
    sku: `BIKE-${n}`,
    title: `Bicycle ${n}`,
    active: true,
    uom: "pc",
    stocked: true,
    listPriceCents: 14_990,
    currency: "EUR",
    taxClass: "STD",
    taxPercent: "19",
  }),
  "price-list": (n, to) => ({
    listNumber: `L${n}`,
    title: `Dealers ${n}`,
    status: "ACTIVE",
    currency: "EUR",
    accountGroup: "dealers",
    validFrom: "2026-01-01",
    validUntil: "2026-12-31",
    prices: [{ priceNo: 1, itemId: to["product"] ?? "", amount: "129.9", minQty: 10, uom: "pc" }],
  }),
  quote: (n, to) => ({
    quoteNumber: `Q-${n}`,
    accountId: to["customer"] ?? "",
    title: "Bicycles for the new branch",
    stage: "QUOTED",
    validUntil: "2026-12-31",
    currency: "EUR",
    ...rounding,
    lines: [line(to)],
    ...netTotals,
    notes: "Asked for two colours",
  }),
  order: (n, to) => ({
    orderNumber: `SO-${n}`,
    accountId: to["customer"] ?? "",
    placedAt: "2026-11-03T09:12:44Z",
    currency: "EUR",
    status: "NEW",
    ...rounding,
    lines: [line(to)],
    fees: [{ code: "freight", kind: "FREIGHT", cents: 490, taxPercent: "19" }],
    ...totals,
    shipTo: { name: "Lager 2", street: "Kai 7", zip: "20457", town: "Hamburg", countryCode: "DE" },
    notes: "Ring twice",
  }),
  shipment: (n, to) => ({
    number: `LS-${n}`,
    orderId: to["order"] ?? "",
    status: "SHIPPED",
    shippedAt: "2026-11-04T10:00:00Z",
    carrier: "Parcel Post",
    trackingCode: `PP${n}`,
    lines: [{ lineNo: 1, orderLineNo: 1, itemId: to["product"] ?? "", qty: 2, uom: "pc" }],
  }),
  invoice: (n, to) => ({
    number: `RE-${n}`,
    kind: "INVOICE",
    orderId: to["order"] ?? "",
    accountId: to["customer"] ?? "",
    issuedOn: "2026-11-04",
    dueOn: "2026-12-04",
    currency: "EUR",
    status: "POSTED",
    ...rounding,
    lines: [{ ...line(to), orderLineNo: 1 }],
    fees: [{ code: "freight", kind: "FREIGHT", cents: 490, taxPercent: "19" }],
    ...totals,
    paidCents: 0,
  }),
  payment: (n, to) => ({
    number: `ZE-${n}`,
    accountId: to["customer"] ?? "",
    amountCents: 36_259,
    currency: "EUR",
    method: "bank-transfer",
    paidOn: "2026-11-20",
    allocations: [{ invoiceId: to["invoice"] ?? "", cents: 36_259 }],
  }),
  "stock-level": (n, to) => ({
    itemId: to["product"] ?? "",
    place: `W${n}`,
    placeKind: "OWN",
    uom: "pc",
    onHand: 12.5,
    reserved: 2,
    available: 10.5,
    asOf: "2026-11-20T06:00:00Z",
  }),
  "service-case": (n, to) => ({
    caseNumber: `SC-${n}`,
    kind: "COMPLAINT",
    subject: "Spokes came loose",
    accountId: to["customer"] ?? "",
    orderId: to["order"] ?? "",
    itemId: to["product"] ?? "",
    serialNumber: `F-${n}`,
    channel: "PHONE",
    priority: "HIGH",
    status: "OPEN",
    openedAt: "2026-11-25T09:00:00Z",
    departments: [{ code: "quality", informedAt: "2026-11-25T09:00:10Z" }],
    steps: [{ code: "quality", text: "Answer", status: "OPEN", deadline: "2026-11-27T09:00:00Z" }],
  }),
};

const CHANGES: Readonly<Record<string, (n: number) => JsonObject>> = {
  customer: (n) => ({ displayName: `Renamed ${n}`, creditLimitCents: 900_000 + (n % 1000) }),
  product: (n) => ({ title: `Better bicycle ${n}` }),
  "price-list": (n) => ({ title: `Better dealers ${n}`, validUntil: "2027-01-31" }),
  quote: (n) => ({ title: `Offer ${n}`, stage: "WON" }),
  order: (n) => ({ notes: `Leave at gate ${n}`, wantedOn: "2026-12-01" }),
  shipment: (n) => ({ trackingCode: `NEW${n}` }),
  invoice: (n) => ({ paidCents: n % 10_000, status: "PAID" }),
  payment: () => ({ method: "card", paidOn: "2026-11-21" }),
  "stock-level": (n) => ({ onHand: n % 1000, placeName: `Hall ${n}` }),
  "service-case": (n) => ({ resolution: `Spokes tightened ${n}`, status: "RESOLVED" }),
};

const OTHER_CHANGES: Readonly<Record<string, (n: number) => JsonObject>> = {
  customer: (n) => ({ notes: `Called ${n}`, website: "https://nordwind.example" }),
  product: (n) => ({ gtin: `40${n}` }),
  "price-list": (n) => ({ region: `R${n}` }),
  quote: (n) => ({ lostReason: `Too dear ${n}` }),
  order: (n) => ({ paymentMethod: `card ${n}` }),
  shipment: (n) => ({ carrier: `Carrier ${n}` }),
  "stock-level": (n) => ({ reserved: n % 100 }),
  "service-case": (n) => ({ contactName: `Ann ${n}` }),
};

const rounding = { roundingMode: "HALF_UP", roundingPer: "LINE" };
const totals = { linesCents: 29_980, feesCents: 490, netCents: 30_470, taxCents: 5789, grossCents: 36_259 };

const netTotals = { linesCents: 29_980, netCents: 29_980, taxCents: 5696, grossCents: 35_676 };

function line(to: References): JsonObject {
  const item = { lineNo: 1, itemId: to["product"] ?? "", text: "Bicycle", qty: 2, uom: "pc" };
  return { ...item, unitPrice: "149.9", netCents: 29_980, taxPercent: "19" };
}

const TEXT: Readonly<Record<string, string>> = {
  customer: "displayName",
  product: "description",
  quote: "notes",
  order: "notes",
  "service-case": "description",
};
const MONEY: Readonly<Record<string, string>> = {
  customer: "creditLimitCents",
  product: "listPriceCents",
  quote: "grossCents",
  order: "grossCents",
  payment: "amountCents",
};

export const crmHarness: Harness = {
  folder: new URL("..", import.meta.url),
  listsVersions: true,
  start: async () => {
    const server = await startServer();
    return { settings: server.settings, far: server, misbehave: server.misbehave, close: server.close };
  },
  sample: (entity, n, references) => SAMPLES[entity]?.(n, references) ?? {},
  change: (entity, n) => CHANGES[entity]?.(n),
  otherChange: (entity, n) => OTHER_CHANGES[entity]?.(n),
  childChange: (entity, n) =>
    entity === "customer" ? { addresses: [{ role: "BILL", town: `Town ${n}` }] } : undefined,
  textField: (entity) => TEXT[entity],
  moneyField: (entity) => MONEY[entity],
  invalid: (entity) => (entity === "stock-level" ? undefined : { archived: false }),
  unique: [
    "customer",
    "product",
    "price-list",
    "quote",
    "order",
    "shipment",
    "invoice",
    "payment",
    "service-case",
  ],
  wrongCredentials: (settings) => ({ ...settings, clientSecret: "wrong-client-secret" }),
  misbehaviours: Object.keys(WELL_BEHAVED) as (keyof typeof WELL_BEHAVED)[],
};
