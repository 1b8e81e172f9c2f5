import type { Json, JsonObject } from "../../src/adapter-kit/contract.ts";
import type { SandboxServer } from "../../src/adapter-kit/simulation/index.ts";
import type { Entered, People } from "./people.ts";

type Systems = { crm: SandboxServer; erp: SandboxServer };
/** One record in words common to both systems. */
type Seen = Record<string, string | number | undefined>;

/**
 * Compares what the two systems hold, by rules of its own: nothing of the hub is used. Every record of each is in the
 * other exactly once, by natural key and by the hub's key, with the same values; and these are what people entered last.
 *
 * @returns every fault in words; none, when nothing was lost and nothing doubled.
 */
export async function faultsOf(
  systems: Systems,
  people: Pick<People, "customers" | "orders">,
): Promise<string[]> {
  const crm = { customers: await systems.crm.all("customer"), orders: await systems.crm.all("order") };
  const erp = { customers: await systems.erp.all("customer"), orders: await systems.erp.all("order") };
  const items = await systems.crm.all("product");
  const articles = await systems.erp.all("product");
  return [
    ...doubles("CRM customer", crm.customers, "externalRef"),
    ...doubles("CRM order", crm.orders, "externalRef"),
    ...doubles("CRM item", items, "externalRef"),
    ...doubles("ERP customer", erp.customers, "ExternalRef"),
    ...doubles("ERP order", erp.orders, "ExternalRef"),
    ...doubles("ERP article", articles, "ExternalRef"),
    ...compare(
      "product",
      byKey("CRM item", items, crmItem),
      byKey("ERP article", articles, erpArticle),
      new Map(),
    ),
    ...compare(
      "customer",
      byKey("CRM customer", crm.customers, crmCustomer),
      byKey("ERP customer", erp.customers, erpCustomer),
      people.customers,
    ),
    ...compare(
      "order",
      byKey("CRM order", crm.orders, (order) => crmOrder(order, crm.customers, items)),
      byKey("ERP order", erp.orders, (order) => erpOrder(order, erp.customers, articles)),
      people.orders,
    ),
  ];
}

/** Two records that carry the same key of the hub's. */
function doubles(what: string, records: readonly JsonObject[], probe: string): string[] {
  const groups = Map.groupBy(
    records.filter((one) => one[probe] !== undefined),
    (one) => one[probe] as string,
  );
  return [...groups]
    .filter(([, group]) => group.length > 1)
    .map(([key, group]) => `${group.length} times ${what} with key ${key}`);
}

type Keyed = { records: Map<string, Seen>; faults: string[] };

function byKey(what: string, records: readonly JsonObject[], read: (record: JsonObject) => Seen): Keyed {
  const groups = Map.groupBy(records.map(read), (one) => String(one["key"]));
  const faults = [...groups]
    .filter(([, group]) => group.length > 1)
    .map(([key, group]) => `${group.length} times ${what} ${key}`);
  return { records: new Map([...groups].map(([key, [first]]) => [key, first ?? {}])), faults };
}

function compare(what: string, crm: Keyed, erp: Keyed, entered: Entered): string[] {
  const faults = [...crm.faults, ...erp.faults];
  for (const key of new Set([...crm.records.keys(), ...erp.records.keys(), ...entered.keys()])) {
    const there = crm.records.get(key);
    const here = erp.records.get(key);
    if (!there) faults.push(`${what} ${key} is missing in the CRM`);
    if (!here) faults.push(`${what} ${key} is missing in the ERP`);
    if (!there || !here) continue;
    for (const field of new Set([...Object.keys(there), ...Object.keys(here)])) {
      if (there[field] === here[field]) continue;
      faults.push(`${what} ${key} ${field}: CRM ${there[field]}, ERP ${here[field]}`);
    }
    for (const [field, value] of Object.entries(entered.get(key) ?? {})) {
      if (there[field] !== value)
        faults.push(`${what} ${key} ${field}: CRM ${there[field]}, entered ${value}`);
    }
  }
  return faults;
}

function crmCustomer(record: JsonObject): Seen {
  const channels = (record["channels"] ?? []) as JsonObject[];
  return {
    key: text(record["customerNumber"]),
    name: text(record["displayName"]),
    mail: text(channels.find(({ type }) => type === "EMAIL")?.["value"]),
    note: text(record["notes"]),
    web: text(record["website"]),
    limitCents: number(record["creditLimitCents"]),
  };
}

function erpCustomer(record: JsonObject): Seen {
  return {
    key: text(record["CustNo"]),
    name: text(record["Name1"]),
    mail: text(record["Email"]),
    note: text(record["Memo"]),
    web: text(record["Web"]),
    limitCents: cents(record["CreditLimit"]),
  };
}

function crmOrder(record: JsonObject, customers: readonly JsonObject[], items: readonly JsonObject[]): Seen {
  const lines = record["lines"] as JsonObject[];
  const [line = {}] = lines;
  return {
    key: text(record["orderNumber"]),
    buyer: text(customers.find(({ id }) => id === record["accountId"])?.["customerNumber"]),
    lines: lines.length,
    item: text(items.find(({ id }) => id === line["itemId"])?.["sku"]),
    quantity: number(line["qty"]),
    cents: number(record["netCents"]),
    promised: text(record["promisedOn"]),
    note: text(record["notes"]),
  };
}

function erpOrder(
  record: JsonObject,
  customers: readonly JsonObject[],
  articles: readonly JsonObject[],
): Seen {
  const positions = record["Positions"] as JsonObject[];
  const [position = {}] = positions;
  return {
    key: text(record["CustRef"]),
    buyer: text(customers.find(({ Id }) => Id === record["CustomerId"])?.["CustNo"]),
    lines: positions.length,
    item: text(articles.find(({ Id }) => Id === position["ArticleId"])?.["ArticleNo"]),
    quantity: number(position["Qty"]),
    cents: cents(record["SumNet"]),
    promised: text(record["PromDate"]),
    note: text(record["Memo"]),
  };
}

function crmItem(record: JsonObject): Seen {
  return { key: text(record["sku"]), name: text(record["title"]) };
}

function erpArticle(record: JsonObject): Seen {
  return { key: text(record["ArticleNo"]), name: text(record["Name"]) };
}

function text(value: Json | undefined): string | undefined {
  return value as string | undefined;
}

function number(value: unknown): number | undefined {
  return value === undefined ? undefined : Number(value);
}

function cents(value: unknown): number | undefined {
  return value === undefined ? undefined : Math.round(Number(value) * 100);
}
