import type { Json, JsonObject } from "../../../src/adapter-kit/contract.ts";
import type { StoredRecord } from "../../../src/adapter-kit/simulation/index.ts";

/** A stored record as Vendure's GraphQL answers show it, with every field that any document of the adapter asks for. */
export function answerOf(record: StoredRecord): JsonObject {
  const stamp = new Date(record.modified ?? record.created).toISOString();
  const values = { id: record.id, updatedAt: stamp };
  return record.entity === "customer"
    ? { ...values, ...customer(record.native, stamp) }
    : { ...values, ...product(record.native) };
}

function customer(native: JsonObject, stamp: string): JsonObject {
  return {
    ...withNulls(native, ["title", "firstName", "lastName", "emailAddress", "phoneNumber"]),
    firstName: native["firstName"] ?? "",
    lastName: native["lastName"] ?? "",
    customFields: withNulls(native, ["naveKey", "customerNumber", "company"]),
    addresses: ((native["addresses"] as JsonObject[] | undefined) ?? []).map((address) => ({
      ...withNulls(address, [
        "fullName",
        "company",
        "streetLine2",
        "city",
        "province",
        "postalCode",
        "phoneNumber",
      ]),
      id: address["id"] as Json,
      updatedAt: stamp,
      streetLine1: address["streetLine1"] ?? "",
      country: { code: address["countryCode"] as Json },
      defaultBillingAddress: address["key"] === "billing",
      defaultShippingAddress: address["key"] === "shipping",
      customFields: withNulls({ naveKey: address["key"] as Json }, ["naveKey"]),
    })),
  };
}

function product(native: JsonObject): JsonObject {
  return {
    ...withNulls(native, ["sku", "name", "enabled", "currencyCode", "trackInventory"]),
    price: Math.round(Number(native["price"]) * 100),
    taxCategory: { name: native["taxCategory"] as Json },
    taxRateApplied: { value: Number(native["taxPercent"]) },
    product: { id: native["productId"] as Json },
    customFields: withNulls(native, ["naveKey"]),
  };
}

function withNulls(from: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, from[name] ?? null]));
}
