import { type ConnectContext, type Manifest, NaveError } from "../../src/adapter-kit/index.ts";
import { type Ask, vendureClient } from "./client.ts";
import { isCode } from "./faults.ts";
import { type SharedReading, sharedReading } from "./shared-reading.ts";

/** What the shop says about itself; kept until the next check of its health, since it changes with its configuration only. */
export type Facts = {
  /** Decimals of every amount. */
  digits: number;
  /** The channel's prices are kept with tax. */
  pricesIncludeTax: boolean;
  currencyCode: string;
  languageCode: string;
  /** Codes of the countries that an address may name. */
  countries: ReadonlySet<string>;
  taxCategories: ReadonlyMap<string, { id: string; percent: string }>;
  defaultTaxCategory: string | undefined;
};

/** The connected shop as the parts of the adapter see it. */
export type Shop = {
  ask: Ask;
  now: () => string | undefined;
  facts: (signal: AbortSignal | undefined) => Promise<Facts>;
  /** Asks for them anew, which also tells whether the shop can be used at all. */
  refresh: (signal: AbortSignal | undefined) => Promise<Facts>;
  manifest: Manifest;
  /** Fingerprints of the open orders by id, for the scans of all entities that hang on orders. */
  openOrders: SharedReading<Record<string, string>>;
  slowScanMs: number;
  closedOrderDays: number;
};

/** Fields that the plugin adds, by Vendure's entity. */
const PLUGIN_FIELDS: Record<string, readonly string[]> = {
  Customer: ["naveKey", "customerNumber", "company"],
  Address: ["naveKey"],
  ProductVariant: ["naveKey"],
  Order: ["backOfficeNumber", "backOfficeStatus", "promisedDeliveryDate", "note"],
  Fulfillment: ["naveKey", "number", "lineKeys"],
};

type HealthAnswer = {
  globalSettings: {
    serverConfig: {
      moneyStrategyPrecision: number;
      entityCustomFields: { entityName: string; customFields: { name: string }[] }[];
    };
  };
  activeChannel: {
    pricesIncludeTax: boolean;
    defaultCurrencyCode: string;
    defaultLanguageCode: string;
    defaultTaxZone: { id: string } | null;
  };
};

/** Longer than it takes to poll orders, shipments and payments one after the other where little happens. */
const SHARED_MS = 5000;

export function connectShop({ settings, manifest }: ConnectContext): Shop {
  const { channelToken } = settings;
  const client = vendureClient({
    url: settings["url"] as string,
    user: settings["user"] as string,
    password: settings["password"] as string,
    ...(typeof channelToken === "string" ? { channelToken } : {}),
    timeoutMs: manifest.limits.timeoutMs,
  });
  let facts: Promise<Facts> | undefined;
  const refresh = (signal: AbortSignal | undefined) => {
    const current = readFacts(client.ask, signal);
    facts = current;
    current.catch(() => {
      if (facts === current) facts = undefined;
    });
    return current;
  };
  return {
    ask: client.ask,
    now: client.now,
    facts: (signal) => facts ?? refresh(signal),
    refresh,
    manifest,
    openOrders: sharedReading(SHARED_MS),
    slowScanMs: Number(settings["slowScanMinutes"] ?? 10) * 60_000,
    closedOrderDays: Number(settings["closedOrderDays"] ?? 60),
  };
}

/**
 * The same shop for one write of several calls: once one of them has changed something, a later one that fails no longer means
 * that certainly nothing was written.
 */
export function rememberingWrites(shop: Shop): Shop {
  let hasWritten = false;
  return {
    ...shop,
    ask: async (name, variables, options) => {
      try {
        const data = await shop.ask<never>(name, variables, options);
        hasWritten ||= options?.writes === true;
        return data;
      } catch (error) {
        if (!hasWritten || !isCode(error, "NAVE_SYSTEM_UNAVAILABLE")) throw error;
        throw new NaveError("NAVE_WRITE_IN_DOUBT", error.message, {}, error);
      }
    },
  };
}

async function readFacts(ask: Ask, signal: AbortSignal | undefined): Promise<Facts> {
  const health = await checkHealth(ask, signal);
  const channel = health.activeChannel;
  const { countries } = await ask<{ countries: { items: { code: string }[] } }>("Countries", {}, { signal });
  const taxes = await readTaxes(ask, channel.defaultTaxZone?.id, signal);
  return {
    digits: health.globalSettings.serverConfig.moneyStrategyPrecision,
    pricesIncludeTax: channel.pricesIncludeTax,
    currencyCode: channel.defaultCurrencyCode,
    languageCode: channel.defaultLanguageCode,
    countries: new Set(countries.items.map(({ code }) => code)),
    ...taxes,
  };
}

async function readTaxes(
  ask: Ask,
  zoneId: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Pick<Facts, "taxCategories" | "defaultTaxCategory">> {
  type Rate = {
    value: number;
    enabled: boolean;
    category: { id: string; name: string; isDefault: boolean };
    zone: { id: string };
  };
  const { taxRates } = await ask<{ taxRates: { items: Rate[] } }>("TaxRates", {}, { signal });
  const valid = taxRates.items.filter((rate) => rate.enabled && rate.zone.id === zoneId);
  return {
    taxCategories: new Map(
      valid.map(({ category, value }) => [category.name, { id: category.id, percent: String(value) }]),
    ),
    defaultTaxCategory: valid.find(({ category }) => category.isDefault)?.category.name,
  };
}

/** Asks for what every other question depends on: the right to ask, and the plugin's fields. */
async function checkHealth(ask: Ask, signal: AbortSignal | undefined): Promise<HealthAnswer> {
  const health = await ask<HealthAnswer>("Health", {}, { signal });
  const present = new Map(
    health.globalSettings.serverConfig.entityCustomFields.map(({ entityName, customFields }) => [
      entityName,
      new Set(customFields.map(({ name }) => name)),
    ]),
  );
  const missing = Object.entries(PLUGIN_FIELDS).flatMap(([entity, fields]) =>
    fields.filter((field) => present.get(entity)?.has(field) !== true).map((field) => `${entity}.${field}`),
  );
  if (missing.length > 0) {
    throw new NaveError("NAVE_CONFIG_INVALID", `The Vendure shop lacks the fields ${missing.join(", ")}`, {
      accepts: "a shop with the plugin of this adapter (shop-plugin/nave-plugin.js) and its migration",
    });
  }
  return health;
}
