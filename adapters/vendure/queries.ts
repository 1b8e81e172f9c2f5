/** Every document the adapter sends, by its operation name. Vendure answers exactly the fields that stand here. */

const ADDRESS_BOOK = `addresses {
  id updatedAt fullName company streetLine1 streetLine2 city province postalCode phoneNumber
  country { code } defaultBillingAddress defaultShippingAddress customFields { naveKey }
}`;

const CUSTOMER = `id updatedAt title firstName lastName emailAddress phoneNumber
customFields { naveKey customerNumber company } ${ADDRESS_BOOK}`;

const PRODUCT = `id updatedAt name sku enabled price currencyCode trackInventory taxCategory { name }
taxRateApplied { value } product { id } customFields { naveKey }`;

const ORDER_ADDRESS =
  "fullName company streetLine1 streetLine2 city province postalCode countryCode phoneNumber";

/** What tells that an order has changed, although its own time stamp stands still. */
const ORDER_MARKS = `id updatedAt state totalWithTax
payments { id updatedAt state refunds { id updatedAt state } }
fulfillments { id updatedAt state }
shippingAddress { ${ORDER_ADDRESS} } billingAddress { ${ORDER_ADDRESS} }`;

const ORDER = `id code state updatedAt orderPlacedAt currencyCode customer { id }
shippingAddress { ${ORDER_ADDRESS} } billingAddress { ${ORDER_ADDRESS} }
lines {
  id createdAt quantity orderPlacedQuantity unitPrice unitPriceWithTax linePrice proratedLinePrice taxRate
  productVariant { id sku name }
}
shippingLines { id price priceWithTax discountedPrice discountedPriceWithTax shippingMethod { name } }
surcharges { id description price taxRate }
taxSummary { taxRate }
total totalWithTax couponCodes
payments { id createdAt updatedAt method amount state transactionId refunds { id createdAt total state transactionId reason } }
fulfillments {
  id createdAt updatedAt state method trackingCode lines { orderLineId quantity } customFields { naveKey number lineKeys }
}
customFields { backOfficeNumber backOfficeStatus promisedDeliveryDate note }
history(options: { filter: { type: { in: ["ORDER_CANCELLATION", "ORDER_FULFILLMENT_TRANSITION"] } }, take: 100 }) {
  items { type createdAt data }
}`;

const REFUSAL = "... on ErrorResult { errorCode message }";
const TRANSITION_REFUSAL = (type: string) => `... on ${type} { transitionError }`;

export const QUERIES = {
  Login: `mutation Login($user: String!, $password: String!) {
    login(username: $user, password: $password) { __typename ${REFUSAL} }
  }`,
  Health: `query Health {
    globalSettings { serverConfig {
      moneyStrategyPrecision entityCustomFields { entityName customFields { ... on CustomField { name } } }
    } }
    activeChannel { id pricesIncludeTax defaultCurrencyCode defaultLanguageCode defaultTaxZone { id } }
    activeAdministrator { id }
  }`,
  Countries: "query Countries { countries(options: { take: 1000 }) { items { code } } }",
  TaxRates: `query TaxRates {
    taxRates(options: { take: 1000 }) { items { value enabled category { id name isDefault } zone { id } } }
  }`,
  Customers: `query Customers($options: CustomerListOptions!) { customers(options: $options) { totalItems items { ${CUSTOMER} } } }`,
  CustomerMarks: `query CustomerMarks($options: CustomerListOptions!) {
    customers(options: $options) { totalItems items { id updatedAt addresses { updatedAt } } }
  }`,
  Products: `query Products($options: ProductVariantListOptions!) {
    productVariants(options: $options) { totalItems items { ${PRODUCT} } }
  }`,
  ProductMarks: `query ProductMarks($options: ProductVariantListOptions!) {
    productVariants(options: $options) { totalItems items { id updatedAt } }
  }`,
  ProductFamily: `query ProductFamily($slug: String!) {
    products(options: { filter: { slug: { eq: $slug } } }) { items { id variants { id } } }
  }`,
  StockPlaces:
    "query StockPlaces { stockLocations(options: { take: 2, sort: { id: ASC } }) { items { id } } }",
  Orders: `query Orders($options: OrderListOptions!) { orders(options: $options) { totalItems items { ${ORDER} } } }`,
  OrderMarks: `query OrderMarks($options: OrderListOptions!) { orders(options: $options) { totalItems items { ${ORDER_MARKS} } } }`,

  CreateCustomer: `mutation CreateCustomer($input: CreateCustomerInput!) {
    createCustomer(input: $input) { __typename ... on Customer { id } ${REFUSAL} }
  }`,
  UpdateCustomer: `mutation UpdateCustomer($input: UpdateCustomerInput!) {
    updateCustomer(input: $input) { __typename ... on Customer { id } ${REFUSAL} }
  }`,
  DeleteCustomer: "mutation DeleteCustomer($id: ID!) { deleteCustomer(id: $id) { result message } }",
  CreateAddress: `mutation CreateAddress($customerId: ID!, $input: CreateAddressInput!) {
    createCustomerAddress(customerId: $customerId, input: $input) { id }
  }`,
  UpdateAddress:
    "mutation UpdateAddress($input: UpdateAddressInput!) { updateCustomerAddress(input: $input) { id } }",
  DeleteAddress: "mutation DeleteAddress($id: ID!) { deleteCustomerAddress(id: $id) { success } }",

  CreateProduct:
    "mutation CreateProduct($input: CreateProductInput!) { createProduct(input: $input) { id } }",
  CreateVariants: `mutation CreateVariants($input: [CreateProductVariantInput!]!) {
    createProductVariants(input: $input) { id }
  }`,
  UpdateVariants: `mutation UpdateVariants($input: [UpdateProductVariantInput!]!) {
    updateProductVariants(input: $input) { id }
  }`,

  SetOrderFields:
    "mutation SetOrderFields($input: UpdateOrderInput!) { setOrderCustomFields(input: $input) { id } }",
  CancelOrder: `mutation CancelOrder($input: CancelOrderInput!) {
    cancelOrder(input: $input) { __typename ${REFUSAL} ${TRANSITION_REFUSAL("OrderStateTransitionError")} }
  }`,
  SettlePayment: `mutation SettlePayment($id: ID!) {
    settlePayment(id: $id) { __typename ${REFUSAL} ... on SettlePaymentError { paymentErrorMessage }
      ${TRANSITION_REFUSAL("OrderStateTransitionError")} ${TRANSITION_REFUSAL("PaymentStateTransitionError")} }
  }`,
  TransitionOrder: `mutation TransitionOrder($id: ID!, $state: String!) {
    transitionOrderToState(id: $id, state: $state) {
      __typename ${REFUSAL} ${TRANSITION_REFUSAL("OrderStateTransitionError")}
    }
  }`,
  RefundOrder: `mutation RefundOrder($input: RefundOrderInput!) {
    refundOrder(input: $input) { __typename ... on Refund { id state total } ${REFUSAL}
      ${TRANSITION_REFUSAL("OrderStateTransitionError")} ${TRANSITION_REFUSAL("RefundStateTransitionError")} }
  }`,
  AddFulfillment: `mutation AddFulfillment($input: FulfillOrderInput!) {
    addFulfillmentToOrder(input: $input) { __typename ... on Fulfillment { id state } ${REFUSAL}
      ... on CreateFulfillmentError { fulfillmentHandlerError } ... on InsufficientStockOnHandError { stockOnHand productVariantName }
      ${TRANSITION_REFUSAL("FulfillmentStateTransitionError")} }
  }`,
  TransitionFulfillment: `mutation TransitionFulfillment($id: ID!, $state: String!) {
    transitionFulfillmentToState(id: $id, state: $state) {
      __typename ${REFUSAL} ${TRANSITION_REFUSAL("FulfillmentStateTransitionError")}
    }
  }`,
} as const;

export type QueryName = keyof typeof QUERIES;
