import type { Json, JsonObject } from "../../../src/adapter-kit/contract.ts";
import { records } from "./tryton-figures.ts";
import type { TrytonStar } from "./tryton-star.ts";

type Row = Record<string, string>;

/**
 * Where the CRM and Tryton differ, each read past the hub: customers by number, orders by number, each there once, with the
 * same name, e-mail, buyer and net amount.
 *
 * @param entered  Numbers that must be in both.
 */
export async function differencesOf(
  star: TrytonStar,
  entered: { customers: ReadonlySet<string>; orders: ReadonlySet<string> },
): Promise<string[]> {
  return [
    ...compare("customer", entered.customers, await crmCustomers(star), await parties(star)),
    ...compare("order", entered.orders, await crmOrders(star), await sales(star)),
  ];
}

function compare(what: string, entered: ReadonlySet<string>, crm: Row[], tryton: Row[]): string[] {
  const faults: string[] = [];
  const byNumber = (where: string, rows: Row[]) => {
    const groups = Map.groupBy(rows, (row) => row["number"] ?? "");
    for (const number of entered) {
      const times = groups.get(number)?.length ?? 0;
      if (times !== 1) faults.push(`${what} ${number} is ${times} times in ${where}`);
    }
    return new Map([...groups].map(([number, [row = {}]]) => [number, row]));
  };
  const [there, here] = [byNumber("the CRM", crm), byNumber("Tryton", tryton)];
  for (const number of entered) {
    const [one, other] = [there.get(number) ?? {}, here.get(number) ?? {}];
    for (const field of new Set([...Object.keys(one), ...Object.keys(other)])) {
      if (one[field] !== other[field])
        faults.push(`${what} ${number} ${field}: CRM ${one[field]}, Tryton ${other[field]}`);
    }
  }
  return faults;
}

async function crmCustomers({ crm }: TrytonStar): Promise<Row[]> {
  return (await crm.all("customer")).map((one) => ({
    number: String(one["customerNumber"]),
    name: String(one["displayName"]),
    mail: mailIn(one["channels"], "EMAIL"),
  }));
}

async function crmOrders({ crm }: TrytonStar): Promise<Row[]> {
  const numbers = new Map(
    (await crm.all("customer")).map((one) => [one["id"], String(one["customerNumber"])]),
  );
  return (await crm.all("order")).map((one) => ({
    number: String(one["orderNumber"]),
    buyer: numbers.get(one["accountId"] ?? "") ?? "nobody",
    cents: String(one["netCents"]),
  }));
}

async function parties({ tryton }: TrytonStar): Promise<Row[]> {
  const fields: Json = ["code", "name", "contact_mechanisms.type", "contact_mechanisms.value"];
  const found = await records(tryton.call("model.party.party.search_read", [[], 0, null, null, fields]));
  return found.map((one) => ({
    number: String(one["code"]),
    name: String(one["name"]),
    mail: mailIn(one["contact_mechanisms."], "email"),
  }));
}

async function sales({ tryton }: TrytonStar): Promise<Row[]> {
  const fields: Json = ["reference", "party.code", "untaxed_amount"];
  const found = await records(tryton.call("model.sale.sale.search_read", [[], 0, null, null, fields]));
  return found.map((one) => ({
    number: String(one["reference"]),
    buyer: String((one["party."] as JsonObject | undefined)?.["code"]),
    cents: String(Math.round(Number(one["untaxed_amount"]) * 100)),
  }));
}

function mailIn(list: Json | undefined, type: string): string {
  const mail = ((list ?? []) as JsonObject[]).find((one) => one["type"] === type);
  return String(mail?.["value"] ?? "");
}
