import type { JsonObject } from "../../../src/adapter-kit/contract.ts";

/** Native records for the conformance suite, against the simulator and the real shop alike. */
export function sample(entity: string, n: number): JsonObject {
  if (entity === "product") {
    return { sku: `ART-${n}`, name: `Article ${n}`, price: "1234.50", currencyCode: "EUR", taxPercent: "7" };
  }
  return {
    title: "Dr.",
    firstName: "Ada",
    lastName: `Lovelace ${n}`,
    emailAddress: `ada.${n}@customer.example`,
    phoneNumber: "+49 731 12345",
    customerNumber: `C-${n}`,
    addresses: [
      {
        key: "billing",
        fullName: "Ada Lovelace",
        streetLine1: "Ring 1",
        city: "Ulm",
        postalCode: "89073",
        countryCode: "DE",
      },
      { key: "visiting", streetLine1: "Weg 2", streetLine2: "Hof", city: "Bonn", countryCode: "DE" },
    ],
  };
}

export function change(entity: string, n: number): JsonObject {
  return entity === "product" ? { name: `Article, changed ${n}` } : { lastName: `King ${n}` };
}

export function otherChange(entity: string, n: number): JsonObject {
  return entity === "product"
    ? { price: `${n % 1000}.95` }
    : { phoneNumber: `+49 30 ${1_000_000 + (n % 1000)}` };
}

/** Texts are no numbers in GraphQL; prices in a shop are not negative. */
export function invalid(entity: string): JsonObject {
  return entity === "product"
    ? { sku: "NEGATIVE", name: "Negative", price: "-1.00" }
    : { emailAddress: "number@customer.example", firstName: 5 };
}
