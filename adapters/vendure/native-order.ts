import type { JsonObject } from "../../src/adapter-kit/index.ts";
import { toDecimal } from "./money.ts";
import { present } from "./native.ts";
import { amountsOf, type LineAmounts, type Pricing } from "./order-amounts.ts";

type OrderAddressAnswer = Record<
  | "fullName"
  | "company"
  | "streetLine1"
  | "streetLine2"
  | "city"
  | "province"
  | "postalCode"
  | "countryCode"
  | "phoneNumber",
  string | null
>;

export type FulfillmentAnswer = {
  id: string;
  createdAt: string;
  updatedAt: string;
  state: string;
  method: string;
  trackingCode: string;
  lines: { orderLineId: string; quantity: number }[];
  customFields: { naveKey: string | null; number: string | null; lineKeys: string | null };
};

export type RefundAnswer = {
  id: string;
  createdAt: string;
  total: number;
  state: string;
  transactionId: string | null;
  reason: string | null;
};

export type PaymentAnswer = {
  id: string;
  createdAt: string;
  updatedAt: string;
  method: string;
  amount: number;
  state: string;
  transactionId: string | null;
  refunds: RefundAnswer[];
};

export type OrderAnswer = {
  id: string;
  code: string;
  state: string;
  updatedAt: string;
  orderPlacedAt: string;
  currencyCode: string;
  customer: { id: string } | null;
  shippingAddress: OrderAddressAnswer | null;
  billingAddress: OrderAddressAnswer | null;
  lines: {
    id: string;
    createdAt: string;
    quantity: number;
    orderPlacedQuantity: number;
    unitPrice: number;
    unitPriceWithTax: number;
    linePrice: number;
    proratedLinePrice: number;
    taxRate: number;
    productVariant: { id: string; sku: string; name: string };
  }[];
  shippingLines: {
    id: string;
    price: number;
    priceWithTax: number;
    discountedPrice: number;
    discountedPriceWithTax: number;
    shippingMethod: { name: string };
  }[];
  surcharges: { id: string; description: string; price: number; taxRate: number }[];
  taxSummary: { taxRate: number }[];
  total: number;
  totalWithTax: number;
  couponCodes: string[];
  payments: PaymentAnswer[] | null;
  fulfillments: FulfillmentAnswer[] | null;
  customFields: Record<
    "backOfficeNumber" | "backOfficeStatus" | "promisedDeliveryDate" | "note",
    string | null
  >;
  history: { items: { type: string; createdAt: string; data: JsonObject }[] };
};

/**
 * The order with its lines in order of creation. Their places are the line numbers that other systems know: a line of a
 * placed order is never taken out, only its quantity becomes 0, and lines added later come last.
 */
export function withLinesInOrder(answer: OrderAnswer): OrderAnswer {
  const lines = [...answer.lines].sort(
    (a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id, "en", { numeric: true }),
  );
  return { ...answer, lines };
}

/** An order that the customer has placed; amounts as decimals without tax, everything else as Vendure says it. */
export function nativeOrder(answer: OrderAnswer, pricing: Pricing): JsonObject {
  const { digits } = pricing;
  const { lines, charges, totals } = amountsOf(answer, pricing);
  const cancelled = answer.history.items.filter((entry) => entry.type === "ORDER_CANCELLATION").at(-1);
  return present({
    id: answer.id,
    code: answer.code,
    state: answer.state,
    placedAt: answer.orderPlacedAt,
    currencyCode: answer.currencyCode,
    roundingDigits: digits,
    customerId: answer.customer?.id,
    shippingAddress: address(answer.shippingAddress),
    billingAddress: address(answer.billingAddress),
    lines: lines.map((amounts, index) => orderLine(answer, index, amounts, digits)),
    charges: charges.map((charge) => ({ ...charge, amount: toDecimal(charge.amount, digits) })),
    totals,
    couponCodes: answer.couponCodes,
    paymentMethod: (answer.payments ?? []).find(({ state }) => state !== "Declined" && state !== "Error")
      ?.method,
    paymentState: paymentState(answer),
    deliveryState: deliveryState(answer),
    cancelReason: cancelled?.data["reason"],
    cancelledAt: cancelled?.createdAt,
    backOfficeNumber: answer.customFields.backOfficeNumber,
    backOfficeStatus: answer.customFields.backOfficeStatus,
    promisedDeliveryDate: answer.customFields.promisedDeliveryDate,
    note: answer.customFields.note,
  });
}

function orderLine(order: OrderAnswer, index: number, amounts: LineAmounts, digits: number): JsonObject {
  const line = order.lines[index] as OrderAnswer["lines"][number];
  const shipped = shippedOf(order, line.id);
  return present({
    id: line.id,
    number: String(index + 1),
    productVariantId: line.productVariant.id,
    sku: line.productVariant.sku,
    name: line.productVariant.name,
    quantity: amounts.quantity,
    shippedQuantity: shipped,
    unitPrice: amounts.unitPrice,
    discountAmount: amounts.discount === 0n ? undefined : toDecimal(amounts.discount, digits),
    netAmount: toDecimal(amounts.net, digits),
    taxPercent: amounts.taxPercent,
    state: lineState(line.quantity, shipped),
  });
}

function lineState(quantity: number, shipped: number): string {
  if (quantity === 0) return "Cancelled";
  if (shipped === 0) return "Open";
  return shipped >= quantity ? "Shipped" : "PartiallyShipped";
}

/** Read from the fulfilments: the order's own state stays PaymentAuthorized when goods leave before the money is taken. */
function deliveryState(order: OrderAnswer): string {
  const ordered = order.lines.reduce((sum, { quantity }) => sum + quantity, 0);
  const shipped = order.lines.reduce((sum, { id }) => sum + shippedOf(order, id), 0);
  if (shipped === 0) return "None";
  return shipped >= ordered ? "Shipped" : "PartiallyShipped";
}

function address(answer: OrderAddressAnswer | null): JsonObject | undefined {
  const native = present({ ...answer });
  return Object.keys(native).length === 0 ? undefined : native;
}

/** Only what has left: a fulfilment that is merely prepared (Created, Pending) or cancelled ships nothing. */
function shippedOf(order: OrderAnswer, lineId: string): number {
  return (order.fulfillments ?? [])
    .filter(({ state }) => state === "Shipped" || state === "Delivered")
    .flatMap(({ lines }) => lines)
    .filter(({ orderLineId }) => orderLineId === lineId)
    .reduce((sum, { quantity }) => sum + quantity, 0);
}

/**
 * What is received against what is due. Not read from the order's state, which leaves PaymentSettled again when the goods go,
 * and stays PaymentAuthorized when they go before the money is taken.
 */
function paymentState(order: OrderAnswer): string {
  const payments = order.payments ?? [];
  const received = payments
    .filter(({ state }) => state === "Settled")
    .reduce((sum, { amount }) => sum + amount, 0);
  if (received > 0) return received >= order.totalWithTax ? "Settled" : "PartiallySettled";
  return payments.some(({ state }) => state === "Authorized") ? "Authorized" : "None";
}
