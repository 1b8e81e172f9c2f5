import type { JsonObject } from "../../src/adapter-kit/contract.ts";
import type { SandboxServer } from "../../src/adapter-kit/simulation/index.ts";
import { listDeadLetters } from "../../src/store/dead-letters.ts";
import { countForPersons, type PersonCounts } from "../../src/telemetry/counts.ts";
import type { TrytonStar } from "../../tests/real/hub/tryton-star.ts";
import { disagreements, type Figures, figuresOfCrm, figuresOfJson, figuresOfTryton } from "./figures.ts";
import { customerNative, type Ids, orderNatives, productNative, skuOf } from "./natives.ts";
import { type Northwind, readNorthwind } from "./read.ts";

export type NorthwindReport = {
  sides: Record<"JSON" | "CRM" | "Tryton", Figures>;
  disagreements: string[];
  persons: PersonCounts;
  deadLetters: string[];
  /** Products that Tryton no longer sells, of those that Northwind has discontinued. */
  discontinued: { wanted: number; inTryton: number };
  seconds: { mastersArrived: number; ordersArrived: number; discontinued: number };
};

/**
 * Puts Northwind into the CRM and lets the hub take it to Tryton: customers and products, then the orders, then the news
 * that some products are discontinued, in the order in which it happened. Then asks each side for its own figures.
 */
export async function runNorthwind(
  star: TrytonStar,
  folder: string,
  databaseUrl: string,
  timeoutMs: number,
): Promise<NorthwindReport> {
  const northwind = readNorthwind(folder);
  const skus = new Set(northwind.products.map(({ product_id }) => skuOf(product_id)));
  const customerCodes = northwind.customers.map(({ customer_id }) => customer_id);
  const watch = stopwatch();
  const ids = await seedMasters(star.crm, northwind);
  await star.quiet(timeoutMs);
  const mastersArrived = watch();
  await star.crm.seed("order", orderNatives(northwind, ids));
  await star.quiet(timeoutMs);
  const ordersArrived = watch();
  const gone = northwind.products.filter((product) => product.discontinued === 1);
  for (const { product_id } of gone)
    await star.crm.edit("product", ids.products.get(product_id) ?? "", { active: false });
  await star.quiet(timeoutMs);
  const sides = {
    JSON: await figuresOfJson(folder, databaseUrl),
    CRM: await figuresOfCrm(star.crm, skus),
    Tryton: await figuresOfTryton(star.tryton, { customerCodes, skus }),
  };
  const { db } = star.running.hub;
  return {
    sides,
    disagreements: disagreements(sides),
    persons: await countForPersons(db),
    deadLetters: (await listDeadLetters(db, 20)).map(({ text }) => text),
    discontinued: { wanted: gone.length, inTryton: await notSold(star, [...skus]) },
    seconds: { mastersArrived, ordersArrived, discontinued: watch() },
  };
}

async function seedMasters(crm: SandboxServer, northwind: Northwind): Promise<Ids> {
  const accounts = await crm.seed("customer", northwind.customers.map(customerNative));
  const items = await crm.seed("product", northwind.products.map(productNative));
  return {
    customers: new Map(
      northwind.customers.map(({ customer_id }, index) => [customer_id, accounts[index] ?? ""]),
    ),
    products: new Map(northwind.products.map(({ product_id }, index) => [product_id, items[index] ?? ""])),
  };
}

async function notSold({ tryton }: TrytonStar, codes: string[]): Promise<number> {
  const domain: JsonObject[string] = [
    ["code", "in", codes],
    ["salable", "=", false],
  ];
  return Number(await tryton.call("model.product.product.search_count", [domain]));
}

/** Seconds since the last call, or since it was made. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return seconds;
  };
}
