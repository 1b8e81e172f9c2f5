import { Client } from "pg";
import { add, round, sum } from "../../src/adapter-kit/canonical.ts";
import type { Json, JsonObject } from "../../src/adapter-kit/contract.ts";
import type { SandboxServer } from "../../src/adapter-kit/simulation/index.ts";
import type { Tryton } from "../../tests/real/tryton/server.ts";
import { TABLES, textOfTable } from "./read.ts";

/** What one side holds of Northwind; amounts in USD, by order number where they are per order. */
export type Figures = {
  customers: number;
  products: number;
  orders: number;
  lines: number;
  lineNets: string;
  freight: string;
  total: string;
  totalOf: Map<string, string>;
};

/**
 * What the JSON says, computed by PostgreSQL from the files themselves in exact arithmetic and independently of the hub:
 * each line `round(quantity * unit_price * (1 - discount), 2)`, the freight `round(freight, 2)`, halves away from zero.
 */
export async function figuresOfJson(folder: string, databaseUrl: string): Promise<Figures> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const table of TABLES) {
      await client.query(
        `create temp table ${table} as select * from jsonb_to_recordset($1::jsonb) as t${COLUMNS[table]}`,
        [textOfTable(folder, table)],
      );
    }
    const { rows } = await client.query<Omit<Figures, "totalOf">>(SUMS);
    const totals = await client.query<{ number: string; total: string }>(TOTALS);
    const [figures] = rows;
    if (figures === undefined) throw new Error("no sums");
    return { ...figures, totalOf: new Map(totals.rows.map(({ number, total }) => [number, total])) };
  } finally {
    await client.end();
  }
}

const COLUMNS: Record<(typeof TABLES)[number], string> = {
  customers: "(customer_id text)",
  products: "(product_id int)",
  orders: "(order_id int, freight numeric)",
  order_details: "(order_id int, unit_price numeric, quantity numeric, discount numeric)",
};

const NET = "round(quantity * unit_price * (1 - discount), 2)";
const SUMS = `select (select count(*)::int from customers) as customers, (select count(*)::int from products) as products,
  (select count(*)::int from orders) as orders, (select count(*)::int from order_details) as lines,
  (select sum(${NET})::text from order_details) as "lineNets", (select sum(round(freight, 2))::text from orders) as freight,
  ((select sum(${NET}) from order_details) + (select sum(round(freight, 2)) from orders))::text as total`;
const TOTALS = `select o.order_id::text as number, (round(o.freight, 2) + (select coalesce(sum(${NET}), 0) from order_details d
  where d.order_id = o.order_id))::text as total from orders o`;

/** What the CRM holds now; after a return from Tryton it may have been written by the hub. */
export async function figuresOfCrm(crm: SandboxServer, skus: ReadonlySet<string>): Promise<Figures> {
  const orders = await crm.all("order");
  const cents = (field: string) => inCents(orders.reduce((total, order) => total + Number(order[field]), 0));
  return {
    customers: (await crm.all("customer")).length,
    products: (await crm.all("product")).filter(({ sku }) => skus.has(String(sku))).length,
    orders: orders.length,
    lines: orders.reduce((count, order) => count + (order["lines"] as Json[]).length, 0),
    lineNets: cents("linesCents"),
    freight: cents("feesCents"),
    total: cents("netCents"),
    totalOf: new Map(
      orders.map((order) => [String(order["orderNumber"]), inCents(Number(order["netCents"]))]),
    ),
  };
}

/**
 * What Tryton itself says, asked by another user than the hub: its own count of parties and products, its own amounts of
 * lines, its own untaxed and total amounts of sales.
 */
export async function figuresOfTryton(
  { call }: Pick<Tryton, "call">,
  northwind: { customerCodes: readonly string[]; skus: ReadonlySet<string> },
): Promise<Figures> {
  const count = async (model: string, codes: readonly string[]) =>
    Number(await call(`model.${model}.search_count`, [[["code", "in", [...codes]]]]));
  const sales = await rows(
    call("model.sale.sale.search_read", [[["reference", "!=", null]], 0, null, null, SALE]),
  );
  const lines = await rows(
    call("model.sale.line.search_read", [
      [["sale.reference", "!=", null]],
      0,
      null,
      null,
      ["amount", "product.code"],
    ]),
  );
  const items = lines.filter((line) => northwind.skus.has(String((line["product."] as JsonObject)["code"])));
  const charges = lines.filter((line) => !items.includes(line));
  return {
    customers: await count("party.party", northwind.customerCodes),
    products: await count("product.product", [...northwind.skus]),
    orders: sales.length,
    lines: items.length,
    lineNets: total(items, "amount"),
    freight: total(charges, "amount"),
    total: total(sales, "untaxed_amount"),
    totalOf: new Map(sales.map((sale) => [String(sale["reference"]), money(sale["total_amount"])])),
  };
}

const SALE: Json = ["reference", "untaxed_amount", "total_amount"];

async function rows(answer: Promise<Json>): Promise<JsonObject[]> {
  return (await answer) as JsonObject[];
}

function total(all: readonly JsonObject[], field: string): string {
  return money(sum(all.map((one) => String(one[field]))));
}

function money(amount: Json | undefined): string {
  return round(String(amount), 2, "half-up");
}

function inCents(cents: number): string {
  return money(add(String(Math.trunc(cents / 100)), `0.${String(cents % 100).padStart(2, "0")}`));
}

/** Where the sides differ, in words; nothing when they agree to the cent, as a whole and order by order. */
export function disagreements(sides: Readonly<Record<string, Figures>>): string[] {
  const [[firstName, first] = ["", undefined], ...others] = Object.entries(sides);
  if (first === undefined) return [];
  const found: string[] = [];
  for (const [name, figures] of others) {
    for (const field of FIELDS) {
      if (figures[field] !== first[field])
        found.push(`${field}: ${firstName} ${first[field]}, ${name} ${figures[field]}`);
    }
    for (const [number, amount] of first.totalOf) {
      const other = figures.totalOf.get(number);
      if (other !== amount)
        found.push(`order ${number}: ${firstName} ${amount}, ${name} ${other ?? "has none"}`);
    }
  }
  return found;
}

export const FIELDS = ["customers", "products", "orders", "lines", "lineNets", "freight", "total"] as const;
