import type { Json, JsonObject } from "../../../src/adapter-kit/contract.ts";
import { type EntityRules, refuse, type SandboxRecords } from "../../../src/adapter-kit/simulation/index.ts";

export const COUNTRIES = ["DE", "FR", "NL"];

/** How the simulated shop keeps its records: in the form that the adapter reads. */
export const SHOP_RULES: Readonly<Record<string, EntityRules>> = {
  customer: {
    id: (n) => `${n}`,
    fields: [
      "title",
      "firstName",
      "lastName",
      "emailAddress",
      "phoneNumber",
      "company",
      "customerNumber",
      "naveKey",
      "addresses",
    ],
    lists: { addresses: "id" },
    names: ["firstName", "lastName", "company"],
    probe: "naveKey",
    naturalKey: "emailAddress",
    archivedFlag: "deleted",
    complete: (native, _before, records) => {
      texts(native, "firstName", "lastName", "emailAddress");
      const email = native["emailAddress"];
      if (email === undefined) refuse("emailAddress is required", "emailAddress", email);
      return {
        ...native,
        emailAddress: (email as string).toLowerCase(),
        addresses: addresses(native, records),
      };
    },
  },
  product: {
    id: (n) => `${n}`,
    fields: [
      "productId",
      "sku",
      "name",
      "enabled",
      "price",
      "currencyCode",
      "taxCategory",
      "taxPercent",
      "trackInventory",
      "naveKey",
    ],
    lists: {},
    names: ["name"],
    probe: "naveKey",
    archivedFlag: "deleted",
    complete: (native) => {
      texts(native, "sku", "name");
      return {
        productId: "1",
        enabled: true,
        currencyCode: "EUR",
        taxCategory: "Standard",
        taxPercent: "19",
        trackInventory: "INHERIT",
        ...native,
      };
    },
  },
};

function texts(native: JsonObject, ...names: string[]): void {
  for (const name of names) {
    const value = native[name];
    if (value !== undefined && typeof value !== "string")
      refuse(`String cannot represent ${name}`, name, value);
  }
}

function addresses(native: JsonObject, records: SandboxRecords): Json[] {
  return ((native["addresses"] as JsonObject[] | undefined) ?? []).map((address) => ({
    ...address,
    id: address["id"] ?? `${records.table.next("address")}`,
  }));
}
