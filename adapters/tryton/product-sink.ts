import { diffKeyedList, type Json, type JsonObject } from "../../src/adapter-kit/index.ts";
import type { Call } from "./client.ts";
import type { Directory } from "./directory.ts";
import { refused } from "./faults.ts";
import { holdersOfCode, probeIdentifier, untypedIdentifier } from "./identifiers.ts";
import { idsOf, plainText, rowsOf } from "./rows.ts";
import { oneLine, rpcDecimal } from "./rpc-values.ts";
import type { Sink } from "./source.ts";

/** Identifier types of Tryton; whatever else is kept untyped. */
const TYPES = new Set(["isan", "isbn", "isil", "isin", "ismn"]);

type ProductSettings = { accountCategory: string; currency: string };

/** Template and variant are written as one, through the template. */
export function productSink(call: Call, directory: Directory, settings: ProductSettings): Sink {
  return {
    model: "product.template",
    writtenId: (_localId, held) => Number(held["template"]),
    archiveValues: (localId) => ({ products: [["write", [Number(localId)], { active: false }]] }),
    async localIds(createdIds, signal) {
      const options = { context: { active_test: false }, signal };
      const rows = rowsOf(
        await call("model.product.template.read", [[...createdIds], ["products"]], options),
      );
      const byId = new Map(rows.map((row) => [row.id, idsOf(row, "products")[0]]));
      return createdIds.map((id) => String(byId.get(id)));
    },
    async createValues(body, probeKey) {
      const numbers = [...itemsOf(body["identifiers"]).map(identifierValues), probeIdentifier(probeKey)];
      const variant = { description: body["description"] ?? null, identifiers: [["create", numbers]] };
      const defaults = { name: null, type: "goods", unit: "u", account_category: settings.accountCategory };
      const values = await templateValues({ list_price: "0", ...defaults, ...body }, directory, settings);
      return { salable: true, ...values, products: [["create", [variant]]] };
    },
    async updateValues({ localId, changes, held, probeKey }) {
      const { description, identifiers, ...fields } = changes;
      const values = await templateValues(fields, directory, settings);
      const variant: JsonObject = description === undefined ? {} : { description };
      if (fields["active"] !== undefined) variant["active"] = fields["active"];
      const numbers = identifiers === undefined ? [] : identifierActions(held["identifiers"], identifiers);
      if (held["probe_key"] === undefined) numbers.push(["create", [probeIdentifier(probeKey)]]);
      if (numbers.length > 0) variant["identifiers"] = numbers;
      if (Object.keys(variant).length > 0) values["products"] = [["write", [Number(localId)], variant]];
      return values;
    },
    holders: (body, signal) => holdersOfCode(call, "product.product", body, signal),
  };
}

async function templateValues(
  fields: JsonObject,
  directory: Directory,
  settings: ProductSettings,
): Promise<JsonObject> {
  const values: JsonObject = {};
  for (const [name, value] of Object.entries(fields)) {
    if (name === "name") values["name"] = oneLine(value);
    else if (name === "code" || name === "type" || name === "salable") values[name] = value;
    // an archived variant comes back together with its template, but does not take it along
    else if (name === "active" && value === true) values["active"] = true;
    else if (name === "list_price") values["list_price"] = rpcDecimal(plainText(value ?? "0"));
    else if (name === "currency") checkCurrency(value, settings.currency);
    else if (name === "unit") Object.assign(values, await unitValues(directory, value));
    else if (name === "account_category" && value !== null) {
      values["account_category"] = (await directory.categories.find(plainText(value), "account category")).id;
    }
  }
  return values;
}

async function unitValues(directory: Directory, symbol: Json): Promise<JsonObject> {
  const unit = await directory.units.find(plainText(symbol), "unit");
  // the unit in which it is sold follows the unit in which it is counted
  return { default_uom: unit.id, sale_uom: unit.id };
}

function checkCurrency(value: Json, currency: string): void {
  if (value === null || value === currency) return;
  throw refused(`Tryton keeps list prices in the company's currency ${currency} only`, {
    field: "currency",
    value,
    accepts: currency,
  });
}

function identifierActions(held: Json | undefined, wished: Json): Json[] {
  const diff = diffKeyedList(itemsOf(held), itemsOf(wished), "id");
  return [
    ...diff.changed.map(({ key, wished: item }): Json => ["write", [key], identifierValues(item)]),
    ...diff.removed.map(({ id = null }): Json => ["delete", [id]]),
    ...diff.added.map((item): Json => ["create", [identifierValues(item)]]),
  ];
}

function identifierValues({ scheme, code = null }: JsonObject): JsonObject {
  if (scheme === "gtin") return { type: "ean", code };
  if (typeof scheme === "string" && TYPES.has(scheme)) return { type: scheme, code };
  return untypedIdentifier(scheme, code);
}

function itemsOf(list: Json | undefined): JsonObject[] {
  return Array.isArray(list) ? (list as JsonObject[]) : [];
}
