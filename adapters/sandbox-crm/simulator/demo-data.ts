import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import type { FarSide } from "../../../src/adapter-kit/simulation/index.ts";
import { type DemoCase, demoCase } from "./demo-cases.ts";
import { awkwardCustomer, brokenCustomer, demoCustomer } from "./demo-customers.ts";
import { type DemoOrder, demoOrder } from "./demo-orders.ts";
import { demoPriceList } from "./demo-price-list.ts";
import { type DemoQuote, demoQuote } from "./demo-quotes.ts";
import { type Random, randomOf } from "./random.ts";

export type DemoOptions = {
  customers: number;
  products: number;
  orders: number;
  /** A price list for dealers. Default: none. */
  withPriceList?: boolean;
  /** Default: none. */
  quotes?: number;
  /** Default: none. */
  cases?: number;
  /** When it is in the data: cases were opened shortly before. */
  now?: Date;
  /** The same seed gives the same data. */
  seed?: number;
  /** So many of the customers are such that the Sandbox ERP refuses them, for their VAT numbers. */
  broken?: number;
};

/** Native records of the Sandbox CRM, ready to be stored in this order. */
export type Demo = {
  customers: JsonObject[];
  products: JsonObject[];
  orders: DemoOrder[];
  quotes: DemoQuote[];
  cases: DemoCase[];
  withPriceList: boolean;
};

const ONE_AWKWARD_IN = 50;

/**
 * Plausible international customers, bicycle-trade products and orders whose totals are correct. One customer in fifty is
 * valid but awkward: very long, in any script, nearly the same as another, with hardly any field or an odd phone.
 */
export function generateDemo({
  customers,
  products,
  orders,
  withPriceList = false,
  quotes = 0,
  cases = 0,
  now = new Date("2026-11-20T12:00:00Z"),
  seed = 1,
  broken = 0,
}: DemoOptions): Demo {
  const random = randomOf(seed);
  const demo: Demo = { customers: [], products: [], orders: [], quotes: [], cases: [], withPriceList };
  for (let n = 0; n < products; n += 1) demo.products.push(demoProduct(random, n));
  for (let n = 0; n < customers; n += 1) {
    const customer = demoCustomer(random, n);
    const isAwkward = n % ONE_AWKWARD_IN === ONE_AWKWARD_IN - 1;
    const earlier = demo.customers[n - 7];
    if (n < broken) demo.customers.push(brokenCustomer(customer, n));
    else if (isAwkward)
      demo.customers.push(awkwardCustomer(customer, earlier, Math.floor(n / ONE_AWKWARD_IN)));
    else demo.customers.push(customer);
  }
  for (let n = 0; n < orders; n += 1) demo.orders.push(demoOrder(random, n, demo.customers, demo.products));
  for (let n = 0; n < quotes; n += 1) demo.quotes.push(demoQuote(random, n, demo.customers, demo.products));
  for (let n = 0; n < cases; n += 1) demo.cases.push(demoCase(random, n, demo.orders, now));
  giveWarranty(demo);
  return demo;
}

/** The first thing to be repaired is known by its serial number, and under warranty. */
function giveWarranty({ customers, orders, cases }: Demo): void {
  const repair = cases.find(({ native }) => native["serialNumber"] !== undefined);
  const owner = repair && orders[repair.order]?.customer;
  if (repair === undefined || owner === undefined) return;
  const device = { serialNumber: repair.native["serialNumber"] ?? "", warrantyUntil: "2030-12-31" };
  customers[owner] = { ...customers[owner], devices: [device] };
}

/** Stores demo data in a Sandbox CRM; answers the local ids in the order of the records. */
export async function seedDemo(
  far: Pick<FarSide, "seed">,
  demo: Demo,
): Promise<{ customers: string[]; products: string[]; orders: string[] }> {
  const products = await far.seed("product", demo.products);
  const customers = await far.seed("customer", demo.customers);
  const withIds = ({ customer, products: chosen, native }: DemoOrder | DemoQuote): JsonObject => {
    const lines = (native["lines"] as JsonObject[]).map((line, index): JsonObject => {
      return { ...line, itemId: products[chosen[index] ?? 0] ?? "" };
    });
    return { ...native, accountId: customers[customer] ?? "", lines };
  };
  const orders = await far.seed("order", demo.orders.map(withIds));
  await far.seed("quote", demo.quotes.map(withIds));
  if (demo.withPriceList) await far.seed("price-list", [demoPriceList(demo.products, products)]);
  const cases = demo.cases.map(({ order, native }): JsonObject => {
    const { customer = 0, products: chosen = [] } = demo.orders[order] ?? {};
    const about = { orderId: orders[order] ?? "", itemId: products[chosen[0] ?? 0] ?? "" };
    return { ...native, accountId: customers[customer] ?? "", ...about };
  });
  await far.seed("service-case", cases);
  return { products, customers, orders };
}

/** One product in so many is made to order: about every tenth order has one. */
const MADE_TO_ORDER = 32;
const KINDS = [
  "City Bike",
  "Gravel Frame",
  "Chain 11-speed",
  "Brake Pads",
  "Saddle",
  "Front Light",
  "Repair Hour",
  "Grease",
];
const MODELS = ["Nord", "Süd", "Alpina", "Ñandú", "Küste", "Étape", "Kobe"];

function demoProduct(random: Random, n: number): JsonObject {
  const kind = KINDS[n % KINDS.length] ?? "Bike";
  const uom = kind === "Repair Hour" ? "h" : kind === "Grease" ? "kg" : "pc";
  return {
    sku: `B-${1000 + n}`,
    title: `${kind} ${random.pick(MODELS)} ${n + 1}`,
    ...(random.oneIn(2) && { description: `${kind}, 2026 model.\nSee data sheet.` }),
    active: !random.oneIn(20),
    uom,
    stocked: uom !== "h" && n % MADE_TO_ORDER !== 1,
    ...(uom === "pc" && { gtin: gtin(random) }),
    listPriceCents: 99 + random.below(250_000),
    currency: "EUR",
    taxClass: "STD",
    taxPercent: "19",
  };
}

/** Thirteen digits with a correct check digit. */
function gtin(random: Random): string {
  const digits = `40${random.digits("##########")}`;
  const sum = Array.from(digits).reduce(
    (total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3),
    0,
  );
  return `${digits}${(10 - (sum % 10)) % 10}`;
}
