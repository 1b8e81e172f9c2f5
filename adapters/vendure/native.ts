import type { Json, JsonObject, Observation } from "../../src/adapter-kit/index.ts";
import { toDecimal } from "./money.ts";

export type CustomerAnswer = {
  id: string;
  updatedAt: string;
  title: string | null;
  firstName: string;
  lastName: string;
  emailAddress: string;
  phoneNumber: string | null;
  customFields: { naveKey: string | null; customerNumber: string | null; company: string | null };
  addresses: AddressAnswer[] | null;
};

export type AddressAnswer = {
  id: string;
  fullName: string | null;
  company: string | null;
  streetLine1: string;
  streetLine2: string | null;
  city: string | null;
  province: string | null;
  postalCode: string | null;
  phoneNumber: string | null;
  country: { code: string };
  defaultBillingAddress: boolean | null;
  defaultShippingAddress: boolean | null;
  customFields: { naveKey: string | null };
};

export type ProductAnswer = {
  id: string;
  updatedAt: string;
  name: string;
  sku: string;
  enabled: boolean;
  price: number;
  currencyCode: string;
  trackInventory: string;
  taxCategory: { name: string };
  taxRateApplied: { value: number };
  product: { id: string };
  customFields: { naveKey: string | null };
};

/** Top-level properties stand flat: the shop's custom fields beside its own. What Vendure leaves empty is absent. */
export function nativeCustomer(answer: CustomerAnswer): JsonObject {
  const addresses = nativeAddresses(answer.addresses ?? []);
  const billing = addresses.find((address) => address["key"] === "billing") ?? addresses[0];
  return present({
    id: answer.id,
    title: answer.title,
    firstName: answer.firstName,
    lastName: answer.lastName,
    emailAddress: answer.emailAddress,
    phoneNumber: answer.phoneNumber,
    // A shopper types the firm into the address; only the hub and the admin screen know the customer's own field.
    company: answer.customFields.company || billing?.["company"],
    customerNumber: answer.customFields.customerNumber,
    naveKey: answer.customFields.naveKey,
    addresses,
  });
}

/**
 * Vendure's address book has no names for its entries, only two flags. The default billing address is `billing`, the default
 * shipping address `shipping` unless it is the same one; others have the key that the hub gave them, or `shop-<id>`.
 */
function nativeAddresses(answers: readonly AddressAnswer[]): JsonObject[] {
  return answers.map((answer) => {
    const given = answer.customFields.naveKey;
    const kept = given === null || given === "billing" || given === "shipping" ? `shop-${answer.id}` : given;
    const role = answer.defaultBillingAddress
      ? "billing"
      : answer.defaultShippingAddress
        ? "shipping"
        : undefined;
    return present({
      id: answer.id,
      key: role ?? kept,
      fullName: answer.fullName,
      company: answer.company,
      streetLine1: answer.streetLine1,
      streetLine2: answer.streetLine2,
      city: answer.city,
      province: answer.province,
      postalCode: answer.postalCode,
      countryCode: answer.country.code,
      phoneNumber: answer.phoneNumber,
    });
  });
}

/** A product variant, which is what has a number, a price and a stock. `price` is without tax in the channel's currency. */
export function nativeProduct(answer: ProductAnswer, digits: number): JsonObject {
  return present({
    id: answer.id,
    productId: answer.product.id,
    sku: answer.sku,
    name: answer.name,
    enabled: answer.enabled,
    price: toDecimal(answer.price, digits),
    currencyCode: answer.currencyCode,
    taxCategory: answer.taxCategory.name,
    taxPercent: String(answer.taxRateApplied.value),
    trackInventory: answer.trackInventory,
    naveKey: answer.customFields.naveKey,
  });
}

export function observe(localId: string, updatedAt: string, native: JsonObject): Observation {
  return { localId, native, modifiedAt: updatedAt };
}

/** Without the properties that Vendure holds nothing in: it says so by null, and by "" where a text was cleared. */
export function present(values: Record<string, Json | undefined>): JsonObject {
  const kept: JsonObject = {};
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== null && value !== "") kept[name] = value;
  }
  return kept;
}

/** The text of an id or code as it came from outside; empty for anything that is none, which no record has. */
export function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}
