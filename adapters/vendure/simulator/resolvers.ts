import type { Json, JsonObject } from "../../../src/adapter-kit/contract.ts";
import {
  RefusedError,
  refuse,
  type SandboxRecords,
  takeOne,
} from "../../../src/adapter-kit/simulation/index.ts";
import { answerOf } from "./answers.ts";
import { COUNTRIES } from "./rules.ts";

type Resolver = (variables: JsonObject) => Promise<JsonObject> | JsonObject;

const CUSTOM_FIELDS = {
  Customer: ["naveKey", "customerNumber", "company"],
  Address: ["naveKey"],
  ProductVariant: ["naveKey"],
  Order: ["backOfficeNumber", "backOfficeStatus", "promisedDeliveryDate", "note"],
  Fulfillment: ["naveKey", "number", "lineKeys"],
};
const TAXES = [
  { id: "1", name: "Standard", percent: 19, isDefault: true },
  { id: "2", name: "Reduced", percent: 7, isDefault: false },
];

/** What the simulated shop answers to each of the adapter's documents. */
export function resolversOf(records: SandboxRecords): Record<string, Resolver> {
  return {
    ...factResolvers(records),
    ...listResolvers(records),
    ...customerResolvers(records),
    ...productResolvers(records),
  };
}

function factResolvers(records: SandboxRecords): Record<string, Resolver> {
  const customFields = () =>
    Object.entries(CUSTOM_FIELDS).map(([entityName, names]) => ({
      entityName,
      customFields: names
        .filter((name) => name !== "naveKey" || !records.misbehaviour.withoutProbe)
        .map((name) => ({ name })),
    }));
  return {
    Health: () => ({
      globalSettings: { serverConfig: { moneyStrategyPrecision: 2, entityCustomFields: customFields() } },
      activeChannel: {
        id: "1",
        pricesIncludeTax: false,
        defaultCurrencyCode: "EUR",
        defaultLanguageCode: "en",
        defaultTaxZone: { id: "1" },
      },
      activeAdministrator: { id: "1" },
    }),
    Countries: () => ({ countries: { items: COUNTRIES.map((code) => ({ code })) } }),
    TaxRates: () => ({
      taxRates: {
        items: TAXES.map(({ percent, ...category }) => ({
          value: percent,
          enabled: true,
          category,
          zone: { id: "1" },
        })),
      },
    }),
  };
}

function listResolvers(records: SandboxRecords): Record<string, Resolver> {
  const customers: Resolver = ({ options }) => ({ customers: list(records, "customer", options as Options) });
  const products: Resolver = ({ options }) => ({
    productVariants: list(records, "product", options as Options),
  });
  return { Customers: customers, CustomerMarks: customers, Products: products, ProductMarks: products };
}

type Options = {
  filter?: Record<string, { in?: Json[]; eq?: Json; after?: string }>;
  sort?: Record<string, "ASC" | "DESC">;
  skip?: number;
  take?: number;
};

function list(
  records: SandboxRecords,
  entity: string,
  { filter = {}, sort = {}, skip = 0, take = 1000 }: Options,
): JsonObject {
  if (take > 1000) refuse("Cannot take more than 1000 results from a list query", "take", take);
  const found = records.table
    .select("entity = ? and removed = 0", [entity])
    .map(answerOf)
    .filter((answer) =>
      Object.entries(filter).every(([name, operators]) => matches(answer, name, operators)),
    );
  if (sort["updatedAt"] === "DESC")
    found.sort((a, b) => (b["updatedAt"] as string).localeCompare(a["updatedAt"] as string));
  records.log({ method: `list ${entity}`, entity, id: "", kind: "read" });
  const isEmptied = take > 1 && takeOne(records.misbehaviour, "emptyPageNext");
  return { totalItems: found.length, items: isEmptied ? [] : found.slice(skip, skip + take) };
}

function matches(
  answer: JsonObject,
  name: string,
  { in: among, eq, after }: { in?: Json[]; eq?: Json; after?: string },
): boolean {
  const value = answer[name] ?? (answer["customFields"] as JsonObject)[name] ?? null;
  if (among !== undefined) return among.includes(value);
  if (eq !== undefined) return value === eq;
  return after === undefined || (value as string) > after;
}

function customerResolvers(records: SandboxRecords): Record<string, Resolver> {
  const changeAddresses = (id: string, change: (held: JsonObject[]) => JsonObject[]) =>
    records.commit((stamp) => {
      const held = (records.get("customer", id)?.native["addresses"] ?? []) as JsonObject[];
      return records.update("customer", id, { addresses: change(held) }, stamp, "addresses");
    });
  return {
    CreateCustomer: async ({ input }) => {
      refuseSome(records);
      const { customFields, ...own } = input as JsonObject & { customFields: JsonObject };
      const record = await records.commit((stamp) =>
        records.create("customer", filled({ ...own, ...customFields }), stamp, "createCustomer"),
      );
      return { createCustomer: { __typename: "Customer", id: record.id } };
    },
    UpdateCustomer: async ({ input }) => {
      const { id, customFields, ...own } = input as JsonObject & { id: string; customFields?: JsonObject };
      await records.commit((stamp) =>
        records.update("customer", id, { ...own, ...customFields }, stamp, "updateCustomer"),
      );
      return { updateCustomer: { __typename: "Customer", id } };
    },
    DeleteCustomer: async ({ id }) => {
      await records.commit((stamp) => records.remove("customer", id as string, stamp, "deleteCustomer"));
      return { deleteCustomer: { result: "DELETED" } };
    },
    CreateAddress: async ({ customerId, input }) => {
      await changeAddresses(customerId as string, (held) => [...held, storedAddress(input as JsonObject)]);
      return { createCustomerAddress: { id: "new" } };
    },
    UpdateAddress: async ({ input }) => {
      const { id, ...changes } = input as JsonObject;
      const isIt = (address: JsonObject) => address["id"] === id;
      const owner = ownerOf(records, id as string);
      await changeAddresses(owner, (held) =>
        held.map((address) => (isIt(address) ? { ...address, ...storedAddress(changes) } : address)),
      );
      return { updateCustomerAddress: { id: id as string } };
    },
    DeleteAddress: async ({ id }) => {
      await changeAddresses(ownerOf(records, id as string), (held) =>
        held.filter((address) => address["id"] !== id),
      );
      return { deleteCustomerAddress: { success: true } };
    },
  };
}

function ownerOf(records: SandboxRecords, addressId: string): string {
  const owner = records
    .all("customer")
    .find(({ native }) => ((native["addresses"] ?? []) as JsonObject[]).some(({ id }) => id === addressId));
  if (owner === undefined)
    throw new RefusedError({ kind: "missing", text: `No Address with the id "${addressId}" could be found` });
  return owner.id;
}

function storedAddress({
  defaultBillingAddress,
  defaultShippingAddress,
  customFields,
  ...own
}: JsonObject): JsonObject {
  const role = defaultBillingAddress ? "billing" : defaultShippingAddress ? "shipping" : undefined;
  const key = role ?? (customFields as JsonObject | undefined)?.["naveKey"];
  return filled({ ...own, ...(key === undefined ? {} : { key }) });
}

/** Without nulls and empty texts, which a new record does not keep. */
function filled(values: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== ""));
}

function productResolvers(records: SandboxRecords): Record<string, Resolver> {
  const families = new Map<string, string>();
  return {
    ProductFamily: ({ slug }) => {
      const id = families.get(slug as string);
      const hasVariants = records.all("product").some(({ native }) => native["productId"] === id);
      return {
        products: { items: id === undefined ? [] : [{ id, variants: hasVariants ? [{ id: "some" }] : [] }] },
      };
    },
    CreateProduct: ({ input }) => {
      const [translation] = (input as { translations: { slug: string }[] }).translations;
      const id = `${records.table.next("family")}`;
      families.set(translation?.slug ?? id, id);
      return { createProduct: { id } };
    },
    CreateVariants: async ({ input }) => {
      refuseSome(records);
      const made = await records.commit((stamp) =>
        (input as JsonObject[]).map((variant) =>
          records.create("product", storedVariant(variant), stamp, "createVariant"),
        ),
      );
      return { createProductVariants: made.map(({ id }) => ({ id })) };
    },
    UpdateVariants: async ({ input }) => {
      const changed = await records.commit((stamp) =>
        (input as JsonObject[]).map((variant) =>
          records.update("product", variant["id"] as string, storedVariant(variant), stamp, "updateVariant"),
        ),
      );
      return { updateProductVariants: changed.map(({ id }) => ({ id })) };
    },
  };
}

function storedVariant(input: JsonObject): JsonObject {
  const { id: _id, translations, price, taxCategoryId, customFields, ...own } = input;
  const [translation] = (translations ?? []) as { name: string }[];
  const tax = TAXES.find(({ id }) => id === taxCategoryId);
  return {
    ...own,
    ...(customFields as JsonObject | undefined),
    ...(translation === undefined ? {} : { name: translation.name }),
    ...(typeof price === "number" ? { price: (price / 100).toFixed(2) } : {}),
    ...(tax === undefined ? {} : { taxCategory: tax.name, taxPercent: `${tax.percent}` }),
  };
}

const created = new WeakMap<SandboxRecords, number>();

function refuseSome(records: SandboxRecords): void {
  const every = records.misbehaviour.refuseEveryNth;
  if (every === 0) return;
  const count = (created.get(records) ?? 0) + 1;
  created.set(records, count);
  if (count % every === 0) refuse("The shop refuses this one", "id", count);
}
