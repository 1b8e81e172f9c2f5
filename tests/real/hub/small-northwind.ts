import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type {
  Northwind,
  NorthwindCustomer,
  NorthwindLine,
  NorthwindOrder,
  NorthwindProduct,
} from "../../../bench/northwind/read.ts";

const COUNTRIES = ["Germany", "UK", "USA", "Venezuela", "Switzerland", "Ireland", "Canada", "Brazil"];
const REGIONS: Partial<Record<string, string>> = {
  USA: "WA",
  Canada: "BC",
  Ireland: "Co. Cork",
  Brazil: "RJ",
};
/** In some countries no phone number at all. */
const PHONES = [
  "030-0074321",
  "(5) 555-4729",
  "(171) 555-7788",
  "0921-12 34 65",
  "88.60.15.31",
  "011-4988260",
];
const DISCOUNTS = [0, 0.05, 0.15, 0.25, 0.03, 0.1];
const LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrik Łódź & Søn";

/** Writes a set of the shape of Northwind, small and awkward: halves of cents, freight with three decimals, long and odd names. */
export async function writeSmallNorthwind(folder: string, orders: number): Promise<Northwind> {
  const customers = Array.from({ length: 12 }, (_unused, n) => customer(n));
  const products = Array.from({ length: 9 }, (_unused, n) => product(n));
  const set: Northwind = { customers, products, orders: [], order_details: [] };
  for (let n = 0; n < orders; n += 1) {
    set.orders.push(order(n, customers[(n * 5) % customers.length] as NorthwindCustomer));
    for (let line = 0; line <= n % 4; line += 1)
      set.order_details.push(detail(n, products[(n + 2 * line) % products.length] as NorthwindProduct));
  }
  await mkdir(folder, { recursive: true });
  for (const [table, rows] of Object.entries(set))
    await writeFile(join(folder, `${table}.json`), JSON.stringify(rows));
  return set;
}

function customer(n: number): NorthwindCustomer {
  const country = COUNTRIES[n % COUNTRIES.length] as string;
  return {
    customer_id: `SMALL${n}`,
    company_name: n % 4 === 0 ? `${LONG} ${n}` : `O'Reilly "Köksbord" ${n}`,
    contact_name: n % 3 === 0 ? null : `Ana Ñ. ${n}`,
    contact_title: null,
    address: n % 2 === 0 ? `${n} rue de l'Abbaye` : `Avda. Azteca ${n}\nPiso 3`,
    city: "México D.F.",
    region: REGIONS[country] ?? null,
    postal_code: n % 5 === 0 ? null : `0502${n}`,
    country,
    phone: PHONES[n % PHONES.length] ?? null,
    fax: n % 3 === 0 ? "(5) 555-3745" : null,
  };
}

function product(n: number): NorthwindProduct {
  return {
    product_id: n + 1,
    product_name:
      n === 0 ? "Gnocchi di nonna Alice, molto lunghi e con un nome altrettanto lungo" : `Röd Kaviar ${n}`,
    quantity_per_unit: "24 - 150 g jars",
    unit_price: Number((2.5 + n * 3.45).toFixed(2)),
    discontinued: n % 4 === 3 ? 1 : 0,
  };
}

function order(n: number, { customer_id, country, region, company_name }: NorthwindCustomer): NorthwindOrder {
  const day = String(1 + (n % 28)).padStart(2, "0");
  const isElsewhere = n % 3 === 0;
  return {
    order_id: 90_000 + n,
    customer_id,
    order_date: `199${6 + (n % 3)}-07-${day}`,
    required_date: n % 6 === 0 ? null : `199${6 + (n % 3)}-08-${day}`,
    freight: Number((n * 7.005).toFixed(3)),
    ship_name: isElsewhere ? "Vins et alcools Chevalier" : company_name,
    ship_address: isElsewhere ? "59 rue de l'Abbaye" : "Luisenstr. 48",
    ship_city: "Reims",
    ship_region: isElsewhere ? null : region,
    ship_postal_code: null,
    ship_country: isElsewhere ? "France" : country,
  };
}

function detail(n: number, { product_id, unit_price }: NorthwindProduct): NorthwindLine {
  return {
    order_id: 90_000 + n,
    product_id,
    unit_price,
    quantity: 1 + ((n * 7 + product_id) % 60),
    discount: DISCOUNTS[(n + product_id) % DISCOUNTS.length] as number,
  };
}
