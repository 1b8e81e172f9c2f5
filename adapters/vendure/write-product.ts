import type { JsonObject, WriteOutcome, WriteRequest } from "../../src/adapter-kit/index.ts";
import type { Facts, Shop } from "./connect-shop.ts";
import { refused } from "./faults.ts";
import { grossOf, toUnits } from "./money.ts";
import { textOf } from "./native.ts";
import { findRecords, PRODUCTS } from "./watch-records.ts";

type Signal = AbortSignal | undefined;

/**
 * Creates a product with one variant. A variant's number (sku) need not be unique in Vendure, so it is looked up first. A
 * product without variants, left by an earlier attempt that was cut off between the two calls, is used again.
 */
export async function createProduct(
  shop: Shop,
  request: Extract<WriteRequest, { kind: "create" }>,
  signal: Signal,
): Promise<WriteOutcome> {
  const { body, probeKey } = request;
  const facts = await shop.facts(signal);
  const sku = requiredText(body, "sku");
  const name = requiredText(body, "name");
  const input = variantInput(body, facts, categoryOf(body, facts));
  const twins = await findRecords(shop, PRODUCTS, { sku: { eq: sku } }, 10, signal);
  const own = twins.find(({ native }) => native["naveKey"] === probeKey);
  if (own !== undefined) {
    await shop.ask("UpdateVariants", { input: [{ id: own.localId, ...input }] }, { writes: true, signal });
    return written(shop, own.localId, signal);
  }
  if (twins.length > 0) {
    const candidates = twins.map(({ localId }) => localId);
    return { kind: "duplicate", candidates, text: `The shop has the product number ${sku} already` };
  }
  const options = { writes: true, signal };
  const productId = await productFor(shop, facts, { sku, name }, signal);
  const variant = { productId, ...input, customFields: { naveKey: probeKey } };
  const data = await shop.ask<{ createProductVariants: { id: string }[] }>(
    "CreateVariants",
    { input: [variant] },
    options,
  );
  return written(shop, data.createProductVariants[0]?.id ?? "", signal);
}

async function productFor(
  shop: Shop,
  facts: Facts,
  { sku, name }: { sku: string; name: string },
  signal: Signal,
): Promise<string> {
  const slug =
    sku
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "") || "product";
  type Family = { products: { items: { id: string; variants: { id: string }[] }[] } };
  const { products } = await shop.ask<Family>("ProductFamily", { slug }, { signal });
  const left = products.items.find(({ variants }) => variants.length === 0);
  if (left !== undefined) return left.id;
  const translations = [{ languageCode: facts.languageCode, name, slug, description: "" }];
  const made = await shop.ask<{ createProduct: { id: string } }>(
    "CreateProduct",
    { input: { enabled: true, translations } },
    { writes: true, signal },
  );
  return made.createProduct.id;
}

export async function updateProduct(
  shop: Shop,
  request: Extract<WriteRequest, { kind: "update" }>,
  signal: Signal,
): Promise<WriteOutcome> {
  const { localId, changes, held } = request;
  const facts = await shop.facts(signal);
  const input = variantInput(changes, facts, categoryOf({ ...held, ...changes }, facts));
  if (Object.keys(input).length > 0) {
    await shop.ask("UpdateVariants", { input: [{ id: localId, ...input }] }, { writes: true, signal });
  }
  return written(shop, localId, signal);
}

/** A variant that is to go stays for the orders' sake, but can no longer be bought. */
export async function archiveProduct(shop: Shop, localId: string, signal: Signal): Promise<WriteOutcome> {
  await shop.ask("UpdateVariants", { input: [{ id: localId, enabled: false }] }, { writes: true, signal });
  return written(shop, localId, signal);
}

async function written(shop: Shop, id: string, signal: Signal): Promise<WriteOutcome> {
  const [observation] = await findRecords(shop, PRODUCTS, { id: { eq: id } }, 1, signal);
  return observation === undefined ? { kind: "missing" } : { kind: "written", localId: id, observation };
}

type Category = { id: string; percent: string };

function variantInput(values: JsonObject, facts: Facts, category: Category | undefined): JsonObject {
  checkCurrency(values, facts);
  const input: JsonObject = {};
  if ("sku" in values) input["sku"] = requiredText(values, "sku");
  if ("name" in values) {
    input["translations"] = [{ languageCode: facts.languageCode, name: requiredText(values, "name") }];
  }
  if (typeof values["enabled"] === "boolean") input["enabled"] = values["enabled"];
  if (typeof values["trackInventory"] === "string") input["trackInventory"] = values["trackInventory"];
  if ("price" in values) input["price"] = priceInput(values, facts, category);
  if ("taxPercent" in values && category !== undefined) input["taxCategoryId"] = category.id;
  return input;
}

function checkCurrency({ currencyCode }: JsonObject, facts: Facts): void {
  if (currencyCode === undefined || currencyCode === null || currencyCode === facts.currencyCode) return;
  throw refused(`The shop's channel keeps prices in ${facts.currencyCode}`, {
    field: "currencyCode",
    value: currencyCode,
    accepts: facts.currencyCode,
  });
}

/** Prices come without tax; a shop that keeps them with tax is given the price with tax. */
function priceInput({ price }: JsonObject, facts: Facts, category: Category | undefined): number {
  const net = typeof price === "string" ? toUnits(price, facts.digits) : undefined;
  if (net === undefined || net < 0n || net > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw refused("The price is none that Vendure can keep", {
      field: "price",
      value: price,
      accepts: `a price of at least 0 with at most ${facts.digits} decimals`,
    });
  }
  return Number(facts.pricesIncludeTax ? grossOf(net, category?.percent ?? "0") : net);
}

/** By the tax rate, which is all that another system can know of it; else by name; else the shop's default. */
function categoryOf(values: JsonObject, facts: Facts): Category | undefined {
  const { taxPercent, taxCategory } = values;
  const categories = [...facts.taxCategories.values()];
  if (typeof taxPercent === "string") {
    const rate = toUnits(taxPercent, 6);
    const named = facts.taxCategories.get(textOf(taxCategory));
    const found = [...(named === undefined ? [] : [named]), ...categories].find(
      ({ percent }) => toUnits(percent, 6) === rate,
    );
    if (found !== undefined) return found;
    throw refused(`The shop has no tax category of ${taxPercent} percent`, {
      field: "taxPercent",
      value: taxPercent,
      accepts: `one of ${categories.map(({ percent }) => percent).join(", ")}`,
    });
  }
  return facts.taxCategories.get(textOf(taxCategory) || (facts.defaultTaxCategory ?? ""));
}

function requiredText(values: JsonObject, field: string): string {
  const value = values[field];
  if (typeof value === "string" && value.trim() !== "") return value;
  throw refused(`A product in Vendure needs a ${field}`, {
    field,
    value,
    accepts: "a text that is not empty",
  });
}
