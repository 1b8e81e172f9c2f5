import type { JsonObject, OperationReply, OperationRequest } from "../../src/adapter-kit/index.ts";
import { NaveError } from "../../src/adapter-kit/index.ts";
import type { Shop } from "./connect-shop.ts";
import { outcomeOfFault, refused } from "./faults.ts";
import { toDecimal, toUnits } from "./money.ts";
import { textOf } from "./native.ts";
import type { OrderAnswer } from "./native-order.ts";
import { nativeShipment, shipmentsOf } from "./native-shipment.ts";
import { readOrders } from "./watch-orders.ts";
import { findRecords, PRODUCTS } from "./watch-records.ts";

type Operation = (shop: Shop, request: OperationRequest) => Promise<JsonObject>;

const OPERATIONS: Record<string, Operation> = {
  "refund-order": refundOrder,
  "set-stock": setStock,
  "order-status": orderStatus,
};

export async function callOperation(
  shop: Shop,
  name: string,
  request: OperationRequest,
): Promise<OperationReply> {
  const operation = OPERATIONS[name];
  if (operation === undefined) {
    throw new NaveError("NAVE_NOT_SUPPORTED", `The Vendure adapter has no operation "${name}"`, {
      accepts: Object.keys(OPERATIONS).join(", "),
    });
  }
  try {
    return { kind: "done", result: await operation(shop, request) };
  } catch (error) {
    const outcome = outcomeOfFault(error);
    return outcome.kind === "missing" ? { kind: "refused", text: (error as Error).message } : outcome;
  }
}

/**
 * Gives money back by the order's payments, the newest first. Each refund carries the command's key in its reason: what an
 * earlier attempt has refunded already is not refunded again.
 */
async function refundOrder(
  shop: Shop,
  { args, idempotencyKey, signal }: OperationRequest,
): Promise<JsonObject> {
  const order = await orderOf(shop, args, signal);
  const { digits } = await shop.facts(signal);
  const amount = typeof args["amount"] === "string" ? toUnits(args["amount"], digits) : undefined;
  if (amount === undefined || amount <= 0n) {
    throw refused("The amount to refund is none", {
      field: "amount",
      value: args["amount"],
      accepts: "an amount above 0",
    });
  }
  const mark = `[${idempotencyKey}]`;
  const settled = (order.payments ?? []).filter(({ state }) => state === "Settled").reverse();
  const earlier = settled.flatMap(({ refunds }) => refunds).filter(({ reason }) => reason?.includes(mark));
  let due = Number(amount) - earlier.reduce((sum, { total }) => sum + total, 0);
  const free = settled.map((payment) => ({
    id: payment.id,
    rest:
      payment.amount -
      payment.refunds.reduce((sum, { total, state }) => sum + (state === "Failed" ? 0 : total), 0),
  }));
  if (free.reduce((sum, { rest }) => sum + rest, 0) < due) {
    throw refused(`Order ${order.code} has been paid less than is to be refunded`, {
      field: "amount",
      value: args["amount"],
    });
  }
  for (const { id, rest } of free) {
    const part = Math.min(rest, due);
    if (part <= 0) continue;
    const reason = `${textOf(args["reason"])} ${mark}`.trim();
    // Without the three deprecated fields 3.7.3 fails on its own database constraint.
    const input = { paymentId: id, amount: part, reason, lines: [], shipping: 0, adjustment: 0 };
    await shop.ask("RefundOrder", { input }, { writes: true, signal });
    due -= part;
  }
  return { order: order.code, refunded: toDecimal(amount, digits), currency: order.currencyCode };
}

/** Sets what lies in the shop's first stock location; the same number twice changes nothing. */
async function setStock(shop: Shop, { args, signal }: OperationRequest): Promise<JsonObject> {
  const { sku, onHand } = args;
  if (typeof sku !== "string" || typeof onHand !== "number" || !Number.isInteger(onHand)) {
    throw refused("A stock is a whole number of a product", { accepts: "sku, and onHand as a whole number" });
  }
  const found = await findRecords(shop, PRODUCTS, { sku: { eq: sku } }, 2, signal);
  const [product] = found;
  if (product === undefined || found.length > 1) {
    throw refused(`The shop has ${found.length === 0 ? "no product" : "several products"} ${sku}`, {
      field: "sku",
      value: sku,
    });
  }
  const { stockLocations } = await shop.ask<{ stockLocations: { items: { id: string }[] } }>(
    "StockPlaces",
    {},
    { signal },
  );
  const [place] = stockLocations.items;
  if (place === undefined) throw refused("The shop has no stock location", { field: "sku", value: sku });
  const stockLevels = [{ stockLocationId: place.id, stockOnHand: onHand }];
  await shop.ask(
    "UpdateVariants",
    { input: [{ id: product.localId, stockLevels }] },
    { writes: true, signal },
  );
  return { sku, onHand };
}

/** For whoever has the customer on the phone. */
async function orderStatus(shop: Shop, { args, signal }: OperationRequest): Promise<JsonObject> {
  const order = await orderOf(shop, args, signal);
  return {
    number: order.code,
    state: order.state,
    ...(order.customFields.backOfficeStatus === null
      ? {}
      : { backOfficeStatus: order.customFields.backOfficeStatus }),
    shipments: shipmentsOf(order).map(({ fulfillment }) => nativeShipment(order, fulfillment)),
  };
}

async function orderOf(shop: Shop, args: JsonObject, signal: AbortSignal): Promise<OrderAnswer> {
  const id = textOf(args["order"]);
  const [order] = await readOrders(shop, [id], signal);
  if (order !== undefined) return order;
  throw refused(`The shop has no placed order ${id}`, {
    field: "order",
    value: args["order"],
    accepts: "a local id",
  });
}
