import {
  type AddressAnswer,
  type CustomerAnswer,
  nativeCustomer,
  nativeProduct,
  type ProductAnswer,
} from "../../../adapters/vendure/native.ts";
import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import type { FarSide } from "../../../src/adapter-kit/simulation/far-side.ts";
import type { Vendure } from "./server.ts";
import { addProduct } from "./shop.ts";

const CUSTOMER = `id updatedAt title firstName lastName emailAddress phoneNumber
customFields { naveKey customerNumber company }
addresses { id fullName company streetLine1 streetLine2 city province postalCode phoneNumber country { code }
  defaultBillingAddress defaultShippingAddress customFields { naveKey } }`;
const PRODUCT = `id updatedAt name sku enabled price currencyCode trackInventory taxCategory { name }
taxRateApplied { value } product { id } customFields { naveKey }`;

/** The shop as a clerk at its admin screen sees and changes it: customers and products, by questions of its own. */
export function farSideOf(shop: Vendure): FarSide {
  const insert = (entity: string, native: JsonObject) =>
    entity === "customer" ? insertCustomer(shop, native) : insertProduct(shop, native);
  return {
    insert,
    seed: async (entity, natives) => {
      const ids: string[] = [];
      for (let from = 0; from < natives.length; from += 10) {
        ids.push(
          ...(await Promise.all(natives.slice(from, from + 10).map((native) => insert(entity, native)))),
        );
      }
      return ids;
    },
    all: async (entity) => {
      if (entity === "customer") {
        const { customers } = await shop.admin<{ customers: { items: CustomerAnswer[] } }>(
          `{ customers(options: { take: 1000 }) { items { ${CUSTOMER} } } }`,
        );
        return customers.items.map(nativeCustomer);
      }
      const { productVariants } = await shop.admin<{ productVariants: { items: ProductAnswer[] } }>(
        `{ productVariants(options: { take: 1000 }) { items { ${PRODUCT} } } }`,
      );
      return productVariants.items.map((product) => nativeProduct(product, 2));
    },
    get: (entity, id) => (entity === "customer" ? getCustomer(shop, id) : getProduct(shop, id)),
    edit: (entity, id, changes) =>
      entity === "customer" ? editCustomer(shop, id, changes) : editProduct(shop, id, changes),
    remove: async (entity, id) => {
      const name = entity === "customer" ? "deleteCustomer" : "deleteProductVariant";
      await shop.admin<unknown>(`mutation ($id: ID!) { ${name}(id: $id) { result } }`, { id });
    },
    // Vendure keeps no list of what was asked of it.
    ledger: async () => [],
  };
}

async function insertCustomer(shop: Vendure, native: JsonObject): Promise<string> {
  const { addresses = [], customerNumber, company, ...own } = native;
  const customFields = { customerNumber, company };
  const { createCustomer } = await shop.admin<{ createCustomer: { id: string } }>(
    `mutation ($input: CreateCustomerInput!) {
      createCustomer(input: $input) { __typename ... on Customer { id } ... on ErrorResult { errorCode message } }
    }`,
    { input: { ...own, customFields } },
  );
  for (const { key, ...address } of addresses as JsonObject[]) {
    const input = {
      ...address,
      defaultBillingAddress: key === "billing",
      defaultShippingAddress: key === "shipping",
    };
    await shop.admin<{ createCustomerAddress: AddressAnswer }>(
      `mutation ($id: ID!, $input: CreateAddressInput!) { createCustomerAddress(customerId: $id, input: $input) { id } }`,
      { id: createCustomer.id, input },
    );
  }
  return createCustomer.id;
}

async function insertProduct(shop: Vendure, native: JsonObject): Promise<string> {
  const { sku, name, price } = native as { sku: string; name: string; price: string };
  const { variantId } = await addProduct(shop, {
    sku,
    name,
    price: Math.round(Number(price) * 100),
    taxCategory: "Reduced",
  });
  return variantId;
}

async function getCustomer(shop: Vendure, id: string): Promise<JsonObject | undefined> {
  const { customer } = await shop.admin<{ customer: CustomerAnswer | null }>(
    `query ($id: ID!) { customer(id: $id) { ${CUSTOMER} } }`,
    { id },
  );
  return customer === null ? undefined : nativeCustomer(customer);
}

async function getProduct(shop: Vendure, id: string): Promise<JsonObject | undefined> {
  const { productVariant } = await shop.admin<{ productVariant: ProductAnswer | null }>(
    `query ($id: ID!) { productVariant(id: $id) { ${PRODUCT} } }`,
    { id },
  );
  return productVariant === null ? undefined : nativeProduct(productVariant, 2);
}

async function editCustomer(shop: Vendure, id: string, changes: JsonObject): Promise<void> {
  await shop.admin<unknown>(
    `mutation ($input: UpdateCustomerInput!) {
      updateCustomer(input: $input) { __typename ... on ErrorResult { errorCode message } }
    }`,
    { input: { id, ...changes } },
  );
}

async function editProduct(
  shop: Vendure,
  id: string,
  { name, price, ...changes }: JsonObject,
): Promise<void> {
  const input = {
    id,
    ...changes,
    ...(name === undefined ? {} : { translations: [{ languageCode: "en", name }] }),
    ...(price === undefined ? {} : { price: Math.round(Number(price) * 100) }),
  };
  await shop.admin<unknown>(
    `mutation ($input: [UpdateProductVariantInput!]!) { updateProductVariants(input: $input) { id } }`,
    { input: [input] },
  );
}
