import type { Json, JsonObject } from "../../src/adapter-kit/index.ts";
import type { Call } from "./client.ts";
import { refused } from "./faults.ts";
import { linked, plainText, type Row, rowsOf, text } from "./rows.ts";

/** Records that others refer to by id and people by a code or name: countries, units, taxes and the like. */
export type Book = {
  /** The record with this code; throws NAVE_RECORD_REFUSED naming `field` and what Tryton knows. */
  find(code: string, field: string): Promise<Row>;
  all(): Promise<Row[]>;
};

/** What the adapter looks up in Tryton and keeps; read once, and again when something is not in it. */
export type Directory = {
  countries: Book;
  languages: Book;
  currencies: Book;
  units: Book;
  paymentTerms: Book;
  warehouses: Book;
  /** Accounting categories of products. */
  categories: Book;
  /** Percentage taxes by their percentage, as `19`. */
  taxes: Book;
  /** Names of the modules that are active. */
  modules(): Promise<Set<string>>;
  /** Id of the subdivision of a country; made when Tryton has none, for addresses have no other place for a region. */
  region(country: Row, region: string): Promise<number>;
};

export function openDirectory(call: Call): Directory {
  const book = (
    model: string,
    domain: Json[],
    fields: string[],
    codeOf: (row: Row) => string | undefined,
  ): Book =>
    openBook(
      async () =>
        rowsOf(await call(`model.${model}.search_read`, [domain, 0, null, [["id", "ASC"]], fields])),
      codeOf,
    );
  let modules: Promise<Set<string>> | undefined;
  const regions = new Map<string, Promise<number>>();
  return {
    countries: book("country.country", [], ["code", "name"], byCode),
    languages: book("ir.lang", [], ["code"], byCode),
    currencies: book("currency.currency", [], ["code", "digits"], byCode),
    units: book("product.uom", [], ["symbol", "name", "digits"], (row) => text(row, "symbol")),
    paymentTerms: book("account.invoice.payment_term", [], ["name"], byName),
    warehouses: book(
      "stock.location",
      [["type", "=", "warehouse"]],
      ["code", "name"],
      (row) => byCode(row) ?? byName(row),
    ),
    categories: book("product.category", [["accounting", "=", true]], ["name"], byName),
    taxes: book("account.tax", saleTaxes(), ["rate", "name", "group.kind"], percentOf),
    modules: () => {
      modules ??= activeModules(call).catch((error: unknown) => {
        modules = undefined;
        throw error;
      });
      return modules;
    },
    region: (country, region) => {
      const key = `${country.id}/${region}`;
      const known = regions.get(key) ?? findOrCreateRegion(call, country, region);
      regions.set(key, known);
      known.catch(() => regions.delete(key));
      return known;
    },
  };
}

function byCode(row: Row): string | undefined {
  return text(row, "code");
}

function byName(row: Row): string | undefined {
  return text(row, "name");
}

/** The region of an address as people write it: the part of `US-WA` behind the country, or the name. */
export function regionOf(subdivision: Row | undefined): string | undefined {
  const code = text(subdivision, "code");
  return code?.includes("-") ? code.slice(code.indexOf("-") + 1) : (code ?? text(subdivision, "name"));
}

function openBook(load: () => Promise<Row[]>, codeOf: (row: Row) => string | undefined): Book {
  let rows: Promise<Row[]> | undefined;
  const read = () => {
    const reading = load();
    rows = reading;
    reading.catch(() => {
      rows = undefined;
    });
    return reading;
  };
  const lookUp = (all: Row[], code: string) => all.find((row) => codeOf(row) === code);
  return {
    all: () => rows ?? read(),
    async find(code, field) {
      const found = lookUp(await (rows ?? read()), code) ?? lookUp(await read(), code);
      if (found) return found;
      const known = (await (rows ?? read())).map(codeOf).filter((one) => one !== undefined);
      const accepts =
        known.length === 0 ? "nothing: Tryton has none of them yet" : known.slice(0, 40).join(", ");
      throw refused(`Tryton does not know ${field} "${code}"`, { field, value: code, accepts });
    },
  };
}

async function activeModules(call: Call): Promise<Set<string>> {
  const rows = rowsOf(
    await call("model.ir.module.search_read", [[["state", "=", "activated"]], 0, null, null, ["name"]]),
  );
  return new Set(rows.map((row) => plainText(row["name"])));
}

async function findOrCreateRegion(call: Call, country: Row, region: string): Promise<number> {
  const code = `${text(country, "code")}-${region}`;
  const named: Json = ["OR", ["code", "=", code], ["name", "=", region]];
  const domain: Json[] = [["country", "=", country.id], named];
  const [found] = (await call("model.country.subdivision.search", [domain, 0, 1, null])) as number[];
  if (found !== undefined) return found;
  const values: JsonObject = {
    name: region,
    code,
    country: country.id,
    type: await regionType(call, country),
  };
  const [made] = (await call("model.country.subdivision.create", [[values]], { writes: true })) as number[];
  return Number(made);
}

/** Tryton accepts only some kinds of subdivision in addresses of some countries. */
async function regionType(call: Call, country: Row): Promise<string> {
  const domain: Json[] = [["country_code", "=", text(country, "code") ?? null]];
  const [rule] = rowsOf(
    await call("model.party.address.subdivision_type.search_read", [domain, 0, 1, null, ["types"]]),
  );
  const types = rule?.["types"];
  return Array.isArray(types) && typeof types[0] === "string" ? types[0] : "region";
}

function saleTaxes(): Json[] {
  return [
    ["type", "=", "percentage"],
    ["parent", "=", null],
  ];
}

function percentOf(tax: Row): string | undefined {
  const kind = text(linked(tax, "group"), "kind");
  if (kind === "purchase") return undefined;
  return percentOfRate(text(tax, "rate"));
}

/** `0.19` is 19 %. */
export function percentOfRate(rate: string | undefined): string | undefined {
  if (rate === undefined) return undefined;
  return String(Number((Number(rate) * 100).toFixed(6)));
}
