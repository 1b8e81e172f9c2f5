import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { WELL_BEHAVED } from "../../../src/adapter-kit/simulation/index.ts";
import type { Harness } from "../../../tests/adapters/harness.ts";
import { startServer } from "../simulator/server.ts";

type References = Readonly<Record<string, string>>;

const SAMPLES: Readonly<Record<string, (n: number, to: References) => JsonObject>> = {
  customer: (n) => ({
    CustNo: `D${n}`,
    CustKind: "F",
    Name1: `Nordwind Fahrrad & Söhne Handelsgesellschaft ${n}`,
    LegalName: `Nordwind ${n} GmbH`,
    Lang: "de",
    Email: `einkauf${n}@nordwind.example`,
    Phone: "+49 40 5550123",
    TaxId: "DE123456789",
    Addresses: [
      { AddrType: "RE", Street: "Deichstraße 1\nHinterhaus", Zip: "20459", City: "Hamburg", Country: "DE" },
      { AddrType: "LI", Street: "12 Rue du Port", Zip: "13002", City: "Marseille", Country: "FR" },
    ],
    Contacts: [{ ContactNo: 1, Name: "Ann Larsen", Function: "Purchasing" }],
    CreditLimit: "12345.67",
    CreditCurr: "EUR",
    PayTerms: "N30",
  }),
  product: (n) => ({
    ArticleNo: `BIKE-${n}`,
    Name: `Bicycle ${n}`,
    State: "A",
    Unit: "ST",
    StockItem: true,
    Price: "149.90",
    PriceCurr: "EUR",
    TaxCode: "S1",
    TaxPct: "19",
  }),
  "price-list": (n, to) => ({
    ListNo: `L${n}`,
    Name: `Dealers ${n}`,
    State: "A",
    Curr: "EUR",
    CustGroup: "dealers",
    From: "2026-01-01",
    Until: "2026-12-31",
    Prices: [{ PriceNo: 1, ArticleId: to["product"] ?? "", Amount: "129.90", MinQty: "10", Unit: "ST" }],
  }),
  order: (n, to) => ({
    CustRef: `SO-${n}`,
    CustomerId: to["customer"] ?? "",
    OrderDate: "2026-11-03T09:12:44Z",
    Curr: "EUR",
    State: "DRAFT",
    ...rounding,
    Positions: [position(to)],
    Charges: [{ Code: "freight", Kind: "FR", Amount: "4.90", TaxPct: "19" }],
    ...sums,
    ShipTo: { Name: "Lager 2", Street: "Kai 7", Zip: "20457", City: "Hamburg", Country: "DE" },
    Memo: "Ring twice",
  }),
  shipment: (n, to) => ({
    DeliveryNo: `LS-${n}`,
    SalesOrderId: to["order"] ?? "",
    State: "SHIPPED",
    ShippedAt: "2026-11-04T10:00:00Z",
    Carrier: "Parcel Post",
    TrackingNo: `PP${n}`,
    Positions: [{ PosNo: 1, OrderPosNo: 1, ArticleId: to["product"] ?? "", Qty: "2.000", Unit: "ST" }],
  }),
  invoice: (n, to) => ({
    InvoiceNo: `RE-${n}`,
    Kind: "RE",
    SalesOrderId: to["order"] ?? "",
    CustomerId: to["customer"] ?? "",
    IssueDate: "2026-11-04",
    DueDate: "2026-12-04",
    Curr: "EUR",
    State: "POSTED",
    ...rounding,
    Positions: [{ ...position(to), OrderPosNo: 1 }],
    Charges: [{ Code: "freight", Kind: "FR", Amount: "4.90", TaxPct: "19" }],
    ...sums,
    AmtPaid: "0.00",
  }),
  payment: (n, to) => ({
    ReceiptNo: `ZE-${n}`,
    CustomerId: to["customer"] ?? "",
    Amount: "362.59",
    Curr: "EUR",
    Method: "TRANSFER",
    PaidOn: "2026-11-20",
    Allocations: [{ InvoiceId: to["invoice"] ?? "", Amount: "362.59" }],
  }),
  "stock-level": (n, to) => ({
    ArticleId: to["product"] ?? "",
    Place: `W${n}`,
    PlaceKind: "E",
    Unit: "ST",
    OnHand: "12.500",
    Reserved: "2.000",
    Available: "10.500",
    AsOf: "2026-11-20T06:00:00Z",
    Expected: [{ ExpectedNo: 1, Date: "2026-12-01", Qty: "100", Unit: "ST" }],
  }),
};

const CHANGES: Readonly<Record<string, (n: number) => JsonObject>> = {
  customer: (n) => ({ Name1: `Renamed ${n}`, CreditLimit: `${n % 10_000}.50` }),
  product: (n) => ({ Name: `Better bicycle ${n}` }),
  "price-list": (n) => ({ Name: `Better dealers ${n}`, Until: "2027-01-31" }),
  order: (n) => ({ Memo: `Leave at gate ${n}`, ReqDate: "2026-12-01" }),
  shipment: (n) => ({ TrackingNo: `NEW${n}` }),
  invoice: (n) => ({ AmtPaid: `${n % 100}.00`, State: "PAID" }),
  payment: () => ({ Method: "CARD", PaidOn: "2026-11-21" }),
  "stock-level": (n) => ({ OnHand: `${n % 1000}.000`, PlaceName: `Hall ${n}` }),
};

const OTHER_CHANGES: Readonly<Record<string, (n: number) => JsonObject>> = {
  customer: (n) => ({ Memo: `Called ${n}`, Web: "https://nordwind.example" }),
  product: (n) => ({ Ean: `40${n}` }),
  "price-list": (n) => ({ Region: `R${n}` }),
  order: (n) => ({ PayMethod: `card ${n}` }),
};

const rounding = { RoundMode: "K", RoundPer: "P" };
const sums = {
  SumPositions: "299.80",
  SumCharges: "4.90",
  SumNet: "304.70",
  SumTax: "57.89",
  SumGross: "362.59",
};

function position(to: References): JsonObject {
  const item = { PosNo: 1, ArticleId: to["product"] ?? "", Text: "Bicycle", Qty: "2.000", Unit: "ST" };
  return { ...item, Price: "149.90", Net: "299.80", TaxPct: "19" };
}

const TEXT: Readonly<Record<string, string>> = { customer: "Name1", product: "LongText", order: "Memo" };
const MONEY: Readonly<Record<string, string>> = {
  customer: "CreditLimit",
  product: "Price",
  order: "SumGross",
};

export const erpHarness: Harness = {
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
    entity === "customer" ? { Addresses: [{ AddrType: "RE", City: `Town ${n}` }] } : undefined,
  textField: (entity) => TEXT[entity],
  moneyField: (entity) => MONEY[entity],
  invalid: () => ({ Blocked: false }),
  unique: ["customer", "product", "price-list"],
  wrongCredentials: (settings) => ({ ...settings, password: "wrong-password" }),
  commands: [
    {
      operation: "reserveStock",
      about: "stock-level",
      args: async (far, id) => ({
        productId: (await far.get("stock-level", id))?.["ArticleId"] ?? "",
        quantity: "1.500",
      }),
      refused: (args) => ({ ...args, quantity: "1000" }),
      effect: async (far, id) => (await far.get("stock-level", id))?.["Reserved"],
    },
    {
      operation: "confirmOrder",
      about: "order",
      args: async (_far, id) => ({ orderId: id }),
      refused: () => ({ orderId: "1" }),
      effect: async (far, id) => [await far.get("order", id), (await far.all("shipment")).length],
    },
  ],
  misbehaviours: Object.keys(WELL_BEHAVED) as (keyof typeof WELL_BEHAVED)[],
};
