import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** The tables of the Northwind sample database as JSON, as far as they are used; columns in its own names. */
export type Northwind = {
  customers: NorthwindCustomer[];
  products: NorthwindProduct[];
  orders: NorthwindOrder[];
  order_details: NorthwindLine[];
};

export type NorthwindCustomer = {
  customer_id: string;
  company_name: string;
  contact_name: string | null;
  contact_title: string | null;
  address: string;
  city: string;
  region: string | null;
  postal_code: string | null;
  country: string;
  phone: string | null;
  fax: string | null;
};

export type NorthwindProduct = {
  product_id: number;
  product_name: string;
  quantity_per_unit: string;
  unit_price: number;
  discontinued: number;
};

export type NorthwindOrder = {
  order_id: number;
  customer_id: string;
  order_date: string;
  required_date: string | null;
  freight: number;
  ship_name: string;
  ship_address: string;
  ship_city: string;
  ship_region: string | null;
  ship_postal_code: string | null;
  ship_country: string;
};

/** `discount` is a fraction: 0.15 is 15 %. */
export type NorthwindLine = {
  order_id: number;
  product_id: number;
  unit_price: number;
  quantity: number;
  discount: number;
};

export const TABLES = ["customers", "products", "orders", "order_details"] as const;

const LARGEST_FILE_BYTES = 50_000_000;

export function readNorthwind(folder: string): Northwind {
  return Object.fromEntries(TABLES.map((table) => [table, readTable(folder, table)])) as Northwind;
}

/** The text of a table's file, for whoever wants to read its numbers as they were written. */
export function textOfTable(folder: string, table: (typeof TABLES)[number]): string {
  const file = join(folder, `${table}.json`);
  const { size } = statSync(file);
  if (size > LARGEST_FILE_BYTES) throw new Error(`${file} has ${size} bytes; at most ${LARGEST_FILE_BYTES}`);
  return readFileSync(file, "utf8");
}

function readTable(folder: string, table: (typeof TABLES)[number]): unknown[] {
  const rows = JSON.parse(textOfTable(folder, table)) as unknown;
  if (Array.isArray(rows)) return rows;
  throw new Error(`${join(folder, `${table}.json`)} is no list`);
}
