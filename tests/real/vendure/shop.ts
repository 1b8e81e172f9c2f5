import type { Ask } from "./graphql.ts";
import type { Vendure } from "./server.ts";

type Id = { id: string };
export type ShopCustomer = {
  firstName: string;
  lastName: string;
  emailAddress: string;
  phoneNumber?: string;
};
export type ShopAddress = {
  fullName: string;
  company?: string;
  streetLine1: string;
  streetLine2?: string;
  postalCode: string;
  city: string;
  province?: string;
  countryCode: string;
};
export type ShopItem = { sku: string; quantity: number };
export type PlacedOrder = { id: string; code: string; state: string; totalWithTax: number };

/** What a checkout may differ in; a plain one ships to Munich and is paid at once. */
export type Checkout = {
  shippingAddress?: Partial<ShopAddress>;
  billingAddress?: Partial<ShopAddress>;
  couponCode?: string;
  /** `authorised`: the payment is reserved and waits to be settled. */
  payment?: "settled" | "authorised";
};

const REFUSAL = "... on ErrorResult { errorCode message }";
const HOME: ShopAddress = {
  fullName: "Bo Beta",
  streetLine1: "Ring 5",
  postalCode: "80331",
  city: "München",
  countryCode: "DE",
};

/**
 * What a shop needs before it can sell: countries, a tax of 19 and 7 percent, a shipping rate of 5.00 net and two ways to
 * pay; prices without tax. Does nothing in a shop that has them.
 */
export async function setUpShop(admin: Ask): Promise<void> {
  const found = await admin<{ countries: { totalItems: number } }>("{ countries { totalItems } }");
  if (found.countries.totalItems > 0) return;
  const zone = await createZone(admin);
  await openChannel(admin, zone);
  await createTax(admin, zone, { name: "Standard", percent: 19, isDefault: true });
  await createTax(admin, zone, { name: "Reduced", percent: 7, isDefault: false });
  await createShippingMethod(admin);
  await createPaymentMethod(admin, "card", true);
  await createPaymentMethod(admin, "reserve", false);
}

async function createZone(admin: Ask): Promise<string> {
  const memberIds: string[] = [];
  for (const [code, name] of [
    ["DE", "Germany"],
    ["FR", "France"],
    ["NL", "Netherlands"],
  ]) {
    const { createCountry } = await admin<{ createCountry: Id }>(
      "mutation ($input: CreateCountryInput!) { createCountry(input: $input) { id } }",
      { input: { code, enabled: true, translations: [{ languageCode: "en", name }] } },
    );
    memberIds.push(createCountry.id);
  }
  const { createZone } = await admin<{ createZone: Id }>(
    "mutation ($input: CreateZoneInput!) { createZone(input: $input) { id } }",
    { input: { name: "EU", memberIds } },
  );
  return createZone.id;
}

async function openChannel(admin: Ask, zoneId: string): Promise<void> {
  const { activeChannel } = await admin<{ activeChannel: Id }>("{ activeChannel { id } }");
  await admin<unknown>(
    `mutation ($input: UpdateChannelInput!) { updateChannel(input: $input) { __typename ${REFUSAL} } }`,
    {
      input: {
        id: activeChannel.id,
        defaultTaxZoneId: zoneId,
        defaultShippingZoneId: zoneId,
        pricesIncludeTax: false,
        availableCurrencyCodes: ["EUR", "USD"],
        defaultCurrencyCode: "EUR",
      },
    },
  );
}

async function createTax(
  admin: Ask,
  zoneId: string,
  tax: { name: string; percent: number; isDefault: boolean },
): Promise<void> {
  const { createTaxCategory } = await admin<{ createTaxCategory: Id }>(
    "mutation ($input: CreateTaxCategoryInput!) { createTaxCategory(input: $input) { id } }",
    { input: { name: tax.name, isDefault: tax.isDefault } },
  );
  await admin<unknown>("mutation ($input: CreateTaxRateInput!) { createTaxRate(input: $input) { id } }", {
    input: { name: tax.name, enabled: true, value: tax.percent, categoryId: createTaxCategory.id, zoneId },
  });
}

async function createShippingMethod(admin: Ask): Promise<void> {
  await admin<unknown>(
    "mutation ($input: CreateShippingMethodInput!) { createShippingMethod(input: $input) { id } }",
    {
      input: {
        code: "parcel",
        fulfillmentHandler: "manual-fulfillment",
        checker: {
          code: "default-shipping-eligibility-checker",
          arguments: [{ name: "orderMinimum", value: "0" }],
        },
        calculator: {
          code: "default-shipping-calculator",
          arguments: [
            { name: "rate", value: "500" },
            { name: "includesTax", value: "exclude" },
            { name: "taxRate", value: "19" },
          ],
        },
        translations: [{ languageCode: "en", name: "Parcel", description: "" }],
      },
    },
  );
}

async function createPaymentMethod(admin: Ask, code: string, settled: boolean): Promise<void> {
  await admin<unknown>(
    "mutation ($input: CreatePaymentMethodInput!) { createPaymentMethod(input: $input) { id } }",
    {
      input: {
        code,
        enabled: true,
        handler: {
          code: "dummy-payment-handler",
          arguments: [{ name: "automaticSettle", value: String(settled) }],
        },
        translations: [{ languageCode: "en", name: code }],
      },
    },
  );
}

/** A product with one variant, the usual form of a simple article. `price` in cents, with or without tax as the shop has it. */
export async function addProduct(
  shop: Vendure,
  product: { sku: string; name?: string; price: number; stockOnHand?: number; taxCategory?: string },
): Promise<{ productId: string; variantId: string }> {
  const name = product.name ?? product.sku;
  const { createProduct } = await shop.admin<{ createProduct: Id }>(
    "mutation ($input: CreateProductInput!) { createProduct(input: $input) { id } }",
    {
      input: {
        enabled: true,
        translations: [{ languageCode: "en", name, slug: product.sku.toLowerCase(), description: "" }],
      },
    },
  );
  const { createProductVariants } = await shop.admin<{ createProductVariants: Id[] }>(
    "mutation ($input: [CreateProductVariantInput!]!) { createProductVariants(input: $input) { id } }",
    {
      input: [
        {
          productId: createProduct.id,
          sku: product.sku,
          price: product.price,
          stockOnHand: product.stockOnHand ?? 1000,
          translations: [{ languageCode: "en", name }],
          ...(product.taxCategory === undefined
            ? {}
            : { taxCategoryId: await taxCategory(shop, product.taxCategory) }),
        },
      ],
    },
  );
  return { productId: createProduct.id, variantId: createProductVariants[0]?.id ?? "" };
}

async function taxCategory(shop: Vendure, name: string): Promise<string> {
  const { taxCategories } = await shop.admin<{ taxCategories: { items: Id[] } }>(
    "query ($name: String!) { taxCategories(options: { filter: { name: { eq: $name } } }) { items { id } } }",
    { name },
  );
  const found = taxCategories.items[0];
  if (found === undefined) throw new Error(`the shop has no tax category ${name}`);
  return found.id;
}

/** Ten percent off the whole order for whoever knows the code. */
export async function addCoupon(shop: Vendure, couponCode: string, percent: number): Promise<void> {
  await shop.admin<unknown>(
    `mutation ($input: CreatePromotionInput!) { createPromotion(input: $input) { __typename ${REFUSAL} } }`,
    {
      input: {
        enabled: true,
        couponCode,
        conditions: [],
        actions: [
          { code: "order_percentage_discount", arguments: [{ name: "discount", value: String(percent) }] },
        ],
        translations: [{ languageCode: "en", name: `${percent} percent off` }],
      },
    },
  );
}

/** Fills a cart as a guest who gives name and e-mail address, checks out and pays. */
export async function placeOrder(
  shop: Vendure,
  customer: ShopCustomer,
  items: readonly ShopItem[],
  checkout: Checkout = {},
): Promise<PlacedOrder> {
  const visitor = shop.visitor();
  await fillCart(shop, visitor, items);
  await visitor<unknown>(
    `mutation ($input: CreateCustomerInput!) { setCustomerForOrder(input: $input) { __typename ${REFUSAL} } }`,
    { input: customer },
  );
  const fullName = `${customer.firstName} ${customer.lastName}`;
  const ship = { ...HOME, fullName, ...checkout.shippingAddress };
  await visitor<unknown>(
    `mutation ($input: CreateAddressInput!) { setOrderShippingAddress(input: $input) { __typename ${REFUSAL} } }`,
    { input: ship },
  );
  await visitor<unknown>(
    `mutation ($input: CreateAddressInput!) { setOrderBillingAddress(input: $input) { __typename ${REFUSAL} } }`,
    { input: { ...ship, ...checkout.billingAddress } },
  );
  if (checkout.couponCode !== undefined) {
    await visitor<unknown>(
      `mutation ($code: String!) { applyCouponCode(couponCode: $code) { __typename ${REFUSAL} } }`,
      { code: checkout.couponCode },
    );
  }
  return payCart(visitor, checkout.payment === "authorised" ? "reserve" : "card");
}

/** Puts items into the visitor's cart, which is an order in state AddingItems. */
export async function fillCart(shop: Vendure, visitor: Ask, items: readonly ShopItem[]): Promise<string> {
  let code = "";
  for (const { sku, quantity } of items) {
    const { productVariants } = await shop.admin<{ productVariants: { items: Id[] } }>(
      "query ($sku: String!) { productVariants(options: { filter: { sku: { eq: $sku } } }) { items { id } } }",
      { sku },
    );
    const { addItemToOrder } = await visitor<{ addItemToOrder: { code: string } }>(
      `mutation ($id: ID!, $quantity: Int!) {
        addItemToOrder(productVariantId: $id, quantity: $quantity) { __typename ... on Order { code } ${REFUSAL} }
      }`,
      { id: productVariants.items[0]?.id, quantity },
    );
    code = addItemToOrder.code;
  }
  return code;
}

async function payCart(visitor: Ask, method: string): Promise<PlacedOrder> {
  const { eligibleShippingMethods } = await visitor<{ eligibleShippingMethods: Id[] }>(
    "{ eligibleShippingMethods { id } }",
  );
  await visitor<unknown>(
    `mutation ($id: [ID!]!) { setOrderShippingMethod(shippingMethodId: $id) { __typename ${REFUSAL} } }`,
    { id: [eligibleShippingMethods[0]?.id] },
  );
  await visitor<unknown>(
    `mutation { transitionOrderToState(state: "ArrangingPayment") { __typename ${REFUSAL} } }`,
  );
  const { addPaymentToOrder } = await visitor<{ addPaymentToOrder: PlacedOrder }>(
    `mutation ($method: String!) {
      addPaymentToOrder(input: { method: $method, metadata: {} }) {
        __typename ... on Order { id code state totalWithTax } ${REFUSAL}
      }
    }`,
    { method },
  );
  return addPaymentToOrder;
}

/** What the shop itself says about an order: what a person at the admin screen sees. */
export type ShownOrder = {
  id: string;
  state: string;
  updatedAt: string;
  totalWithTax: number;
  customFields: { backOfficeNumber: string | null; promisedDeliveryDate: string | null; note: string | null };
  payments: { id: string; state: string; refunds: { state: string; total: number }[] }[];
  fulfillments: { id: string; state: string; method: string; trackingCode: string }[];
  lines: { id: string; quantity: number; productVariant: { sku: string } }[];
};

export async function showOrder(shop: Vendure, code: string): Promise<ShownOrder> {
  const { orders } = await shop.admin<{ orders: { items: ShownOrder[] } }>(
    `query ($code: String!) {
      orders(options: { filter: { code: { eq: $code } } }) { items {
        id state updatedAt totalWithTax customFields { backOfficeNumber promisedDeliveryDate note }
        payments { id state refunds { state total } } fulfillments { id state method trackingCode }
        lines { id quantity productVariant { sku } }
      } }
    }`,
    { code },
  );
  const found = orders.items[0];
  if (found === undefined) throw new Error(`the shop has no order ${code}`);
  return found;
}

/** Fulfils everything and marks it shipped, as a clerk does at the admin screen, without the hub's knowledge. */
export async function shipByHand(shop: Vendure, code: string, trackingCode: string): Promise<void> {
  const order = await showOrder(shop, code);
  const { addFulfillmentToOrder } = await shop.admin<{ addFulfillmentToOrder: Id }>(
    `mutation ($input: FulfillOrderInput!) {
      addFulfillmentToOrder(input: $input) { __typename ... on Fulfillment { id } ${REFUSAL} }
    }`,
    {
      input: {
        lines: order.lines.map(({ id, quantity }) => ({ orderLineId: id, quantity })),
        handler: {
          code: "manual-fulfillment",
          arguments: [
            { name: "method", value: "By hand" },
            { name: "trackingCode", value: trackingCode },
          ],
        },
      },
    },
  );
  await shop.admin<unknown>(
    `mutation ($id: ID!) { transitionFulfillmentToState(id: $id, state: "Shipped") { __typename ${REFUSAL} } }`,
    { id: addFulfillmentToOrder.id },
  );
}

export async function cancelByHand(shop: Vendure, code: string, reason: string): Promise<void> {
  const { id } = await showOrder(shop, code);
  await shop.admin<unknown>(
    `mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) { __typename ${REFUSAL} } }`,
    { input: { orderId: id, reason, cancelShipping: true } },
  );
}

/** A new address in a customer's book, entered by a clerk. */
export async function addAddress(
  shop: Vendure,
  customerId: string,
  address: Partial<ShopAddress>,
): Promise<string> {
  const { createCustomerAddress } = await shop.admin<{ createCustomerAddress: Id }>(
    `mutation ($id: ID!, $input: CreateAddressInput!) { createCustomerAddress(customerId: $id, input: $input) { id } }`,
    { id: customerId, input: { ...HOME, ...address } },
  );
  return createCustomerAddress.id;
}

export async function changeAddress(shop: Vendure, id: string, changes: Partial<ShopAddress>): Promise<void> {
  await shop.admin<unknown>(
    "mutation ($input: UpdateAddressInput!) { updateCustomerAddress(input: $input) { id } }",
    { input: { id, ...changes } },
  );
}

/** Whether the channel's prices, those there and those to come, are meant with tax. */
export async function keepPricesWithTax(shop: Vendure, pricesIncludeTax: boolean): Promise<void> {
  const { activeChannel } = await shop.admin<{ activeChannel: Id }>("{ activeChannel { id } }");
  await shop.admin<unknown>(
    `mutation ($input: UpdateChannelInput!) { updateChannel(input: $input) { __typename ${REFUSAL} } }`,
    { input: { id: activeChannel.id, pricesIncludeTax } },
  );
}

/** Marks whatever has been shipped as delivered, as a clerk does at the admin screen. */
export async function deliverByHand(shop: Vendure, code: string): Promise<void> {
  const { fulfillments } = await showOrder(shop, code);
  for (const { id } of fulfillments.filter(({ state }) => state === "Shipped")) {
    await shop.admin<unknown>(
      `mutation ($id: ID!) { transitionFulfillmentToState(id: $id, state: "Delivered") { __typename ${REFUSAL} } }`,
      { id },
    );
  }
}
