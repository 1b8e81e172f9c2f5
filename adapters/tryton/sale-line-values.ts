import { diffKeyedList, type Json, type JsonObject } from "../../src/adapter-kit/index.ts";
import type { Call } from "./client.ts";
import type { Directory } from "./directory.ts";
import { refused } from "./faults.ts";
import { idsOf, linked, plainText, type Row, rowsOf, text } from "./rows.ts";
import { rpcDecimal } from "./rpc-values.ts";
import { type LineRules, lineNote, unitPriceFor } from "./sale-lines.ts";
import type { Settings } from "./settings.ts";
import type { Update } from "./source.ts";

/** The service product that stands for a kind of charge. */
export type ChargeProduct = { id: number; unit: number };

export type LineContext = {
  call: Call;
  directory: Directory;
  settings: Settings;
  rules: LineRules;
  chargeProducts: Partial<Record<string, ChargeProduct>>;
  probeKey: string;
  /** Those of products, where they have been looked up already. */
  usualTaxes?: ReadonlyMap<string, number[]>;
  /** Decimals of an amount in the order's currency. */
  amountDigits: number;
};

/**
 * The values of new lines. Tryton's form fills in unit, taxes and accounts when a person picks a product; over RPC nobody
 * does, so that all of it is sent.
 */
export async function lineValues(
  lines: readonly JsonObject[],
  charges: readonly JsonObject[],
  context: LineContext,
  signal: AbortSignal,
): Promise<JsonObject[]> {
  const products = lines.map((line) => text(line, "product"));
  const taxes = context.usualTaxes ?? (await productTaxes(products, context, signal));
  const made: JsonObject[] = [];
  for (const line of lines) made.push(await itemValues(line, context, taxes));
  for (const charge of charges) made.push(await chargeValues(charge, context));
  return made.map((values, index) => ({ ...values, sequence: index + 1 }));
}

/** What has to happen to the lines of an order that is there; lines are told apart by Tryton's id. */
export async function lineActions(
  { changes, held }: Update,
  context: LineContext,
  signal: AbortSignal,
): Promise<Json[]> {
  const actions: Json[] = [];
  for (const [name, isCharge] of [
    ["lines", false],
    ["charges", true],
  ] as const) {
    const wished = changes[name];
    if (wished === undefined) continue;
    const diff = diffKeyedList(itemsOf(held[name]), itemsOf(wished), "id");
    const taxes = isCharge
      ? new Map<string, number[]>()
      : await productTaxes(
          itemsOf(wished).map((line) => text(line, "product")),
          context,
          signal,
        );
    const valuesOf = (line: JsonObject) =>
      isCharge ? chargeValues(line, context) : itemValues(line, context, taxes);
    for (const { key, wished: line } of diff.changed) {
      const { taxes: added, ...values } = await valuesOf(line);
      const replaced =
        added === undefined ? {} : { taxes: await replacedTaxes(Number(key), added, context, signal) };
      actions.push(["write", [key], { ...values, ...replaced }]);
    }
    if (diff.removed.length > 0) actions.push(["delete", diff.removed.map((line) => line["id"] ?? null)]);
    for (const line of diff.added) actions.push(["create", [await valuesOf(line)]]);
  }
  return actions;
}

async function itemValues(
  line: JsonObject,
  context: LineContext,
  taxes: ReadonlyMap<string, number[]>,
): Promise<JsonObject> {
  const { rules, directory, amountDigits } = context;
  const product = text(line, "product");
  if (product === undefined) {
    throw refused("A line without a product cannot be ordered", {
      field: `lines[${plainText(line["key"])}].item`,
      accepts: "a product",
    });
  }
  const unit = await directory.units.find(text(line, "unit") ?? "u", "unit");
  return {
    type: "line",
    product: Number(product),
    unit: unit.id,
    quantity: Number(line["quantity"]),
    unit_price: rpcDecimal(unitPriceFor(line, amountDigits, rules.priceDigits)),
    ...(rules.hasBasePrice ? { base_price: rpcDecimal(plainText(line["base_price"])) } : {}),
    description: line["description"] ?? null,
    note: lineNote(context.probeKey, "item", plainText(line["key"])),
    taxes: taxActions(await lineTaxes(line, taxes.get(product) ?? [], context)),
  };
}

async function chargeValues(charge: JsonObject, context: LineContext): Promise<JsonObject> {
  const kind = text(charge, "kind") ?? "fee";
  const product = context.chargeProducts[kind];
  if (!product) {
    throw refused(`There is no product in Tryton for a charge of kind "${kind}"`, {
      field: `charges[${plainText(charge["key"])}]`,
      value: kind,
      accepts: "the code of a service product in the settings freightProduct and feeProduct",
    });
  }
  const amount = rpcDecimal(plainText(charge["amount"]));
  return {
    type: "line",
    product: product.id,
    unit: product.unit,
    quantity: 1,
    unit_price: amount,
    ...(context.rules.hasBasePrice ? { base_price: amount } : {}),
    description: charge["description"] ?? null,
    note: lineNote(context.probeKey, kind, plainText(charge["key"])),
    taxes: taxActions(await lineTaxes(charge, [], context)),
  };
}

async function lineTaxes(
  line: JsonObject,
  usual: readonly number[],
  { directory }: LineContext,
): Promise<number[]> {
  const percent = text(line, "tax_percent");
  if (percent === undefined) return [...usual];
  if (Number(percent) === 0) return [];
  return [(await directory.taxes.find(String(Number(percent)), "tax percentage")).id];
}

/** The taxes that the products' accounting categories name for customers; rules that change them by party are not applied. */
export async function productTaxes(
  products: readonly (string | undefined)[],
  { call, settings }: Pick<LineContext, "call" | "settings">,
  signal: AbortSignal,
): Promise<Map<string, number[]>> {
  if (settings.lineTaxes === "none") return new Map();
  const ids = [...new Set(products.filter((id) => id !== undefined).map(Number))];
  if (ids.length === 0) return new Map();
  const domain: Json[] = [["id", "in", ids]];
  const fields: Json[] = ["template.account_category.customer_taxes_used"];
  const options = { context: { active_test: false }, signal };
  const rows = rowsOf(
    await call("model.product.product.search_read", [domain, 0, null, null, fields], options),
  );
  return new Map(rows.map((row) => [String(row.id), categoryTaxes(row)]));
}

function categoryTaxes(product: Row): number[] {
  const template = linked(product, "template");
  const category = template && linked(template, "account_category");
  return category ? idsOf(category, "customer_taxes_used") : [];
}

function taxActions(ids: readonly number[]): Json[] {
  return ids.length === 0 ? [] : [["add", [...ids]]];
}

async function replacedTaxes(
  lineId: number,
  added: Json,
  { call }: LineContext,
  signal: AbortSignal,
): Promise<Json[]> {
  const [line] = rowsOf(
    await call("model.sale.line.search_read", [[["id", "=", lineId]], 0, 1, null, ["taxes"]], { signal }),
  );
  const before = line ? idsOf(line, "taxes") : [];
  return [...(before.length > 0 ? [["remove", before]] : []), ...(added as Json[])];
}

function itemsOf(list: Json | undefined): JsonObject[] {
  return Array.isArray(list) ? (list as JsonObject[]) : [];
}
