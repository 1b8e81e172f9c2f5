import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import type { Harness } from "../../../tests/adapters/harness.ts";

type References = Readonly<Record<string, string>>;

const SAMPLES: Readonly<Record<string, (n: number, to: References) => JsonObject>> = {
  customer: (n) => ({
    code: `D${n}`,
    name: `Nordwind Fahrrad & Söhne Handelsgesellschaft ${n}`,
    active: true,
    language: "de",
    payment_term: "30 days",
    credit_limit: "12345.67",
    addresses: [
      {
        use: "billing",
        street: "Deichstraße 1\nHinterhaus",
        postal_code: "20459",
        city: "Hamburg",
        country: "DE",
      },
      { use: "shipping", name: "Depot", street: "1 Pier", city: "Seattle", region: "WA", country: "US" },
    ],
    contact_mechanisms: [
      { type: "email", value: `einkauf${n}@nordwind.example` },
      { type: "phone", value: "+49 40 5550123" },
    ],
    identifiers: [
      { scheme: "vat", code: "DE136695976" },
      { scheme: "gln", code: `40${n}` },
    ],
  }),
  product: (n) => ({
    code: `BIKE-${n}`,
    name: `Bicycle ${n}`,
    description: "Steel frame, 28 inches",
    active: true,
    salable: true,
    type: "goods",
    unit: "u",
    list_price: "149.90",
    identifiers: [{ scheme: "gtin", code: "4006381333931" }],
  }),
  order: (n, to) => ({
    reference: `SO-${n}`,
    party: to["customer"] ?? "",
    state: "draft",
    sale_date: "2026-11-03",
    currency: "EUR",
    currency_digits: 2,
    tax_rounding: "document",
    payment_term: "30 days",
    comment: "Ring twice",
    delivery_address: {
      name: "Lager 2",
      street: "Kai 7",
      postal_code: "20457",
      city: "Hamburg",
      country: "DE",
    },
    lines: [
      {
        key: "1",
        product: to["product"] ?? "",
        description: "Bicycle",
        quantity: "2",
        unit: "u",
        base_price: "149.90",
        discount_percent: "15",
        amount: "254.83",
        tax_percent: "0",
      },
    ],
    charges: [{ key: "freight", kind: "freight", amount: "4.90", tax_percent: "0", description: "Freight" }],
    lines_amount: "254.83",
    charges_amount: "4.90",
    untaxed_amount: "259.73",
    tax_amount: "0",
    total_amount: "259.73",
  }),
};

const CHANGES: Readonly<Record<string, (n: number) => JsonObject>> = {
  customer: (n) => ({ name: `Renamed ${n}`, credit_limit: `${1 + (n % 10_000)}.50` }),
  product: (n) => ({ name: `Better bicycle ${n}` }),
  order: (n) => ({ comment: `Leave at gate ${n}` }),
};

const OTHER_CHANGES: Readonly<Record<string, (n: number) => JsonObject>> = {
  customer: () => ({ payment_term: "14 days" }),
  product: (n) => ({ list_price: `${1 + (n % 1000)}.50` }),
  order: (n) => ({ shipping_date: `2026-12-${String(1 + (n % 28)).padStart(2, "0")}` }),
};

// one-line fields take no tabs, see oneLine in rpc-values.ts
const TEXT: Readonly<Record<string, string>> = { product: "description", order: "comment" };
const MONEY: Readonly<Record<string, string>> = {
  customer: "credit_limit",
  product: "list_price",
  order: "total_amount",
};
const INVALID: Readonly<Record<string, JsonObject>> = {
  customer: { name: "Nobody", identifiers: [{ scheme: "vat", code: "DE12" }] },
  product: { code: "NONE", name: "Nothing", unit: "barrel" },
  order: { reference: "SO-0", party: "2000000000", currency: "EUR", lines: [], charges: [] },
};

/** Records in the adapter's native form, for the real server and the simulator alike. */
export const trytonSamples: Omit<Harness, "start" | "misbehaviours"> = {
  folder: new URL("..", import.meta.url),
  entities: ["customer", "product", "order"],
  many: 105,
  sample: (entity, n, references) => SAMPLES[entity]?.(n, references) ?? {},
  change: (entity, n) => CHANGES[entity]?.(n),
  otherChange: (entity, n) => OTHER_CHANGES[entity]?.(n),
  childChange: (entity, n) => {
    if (entity !== "customer") return undefined;
    return { contact_mechanisms: [{ type: "email", value: `new${n}@nordwind.example` }] };
  },
  textField: (entity) => TEXT[entity],
  moneyField: (entity) => MONEY[entity],
  invalid: (entity) => INVALID[entity],
  unique: ["customer", "product"],
  wrongCredentials: (settings) => ({ ...settings, password: "wrong-password" }),
};
