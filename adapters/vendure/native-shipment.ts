import type { JsonObject } from "../../src/adapter-kit/index.ts";
import { present, textOf } from "./native.ts";
import type { FulfillmentAnswer, OrderAnswer } from "./native-order.ts";

type FulfillmentId = { orderId: string; key: string };

/**
 * A fulfilment exists in Vendure's API only below its order, so its local id names both. One that the hub made goes by the
 * hub's key: Vendure cannot change a fulfilment, only cancel and replace it, and the replacement is the same shipment.
 */
function fulfillmentLocalId(orderId: string, fulfillment: FulfillmentAnswer): string {
  return `${orderId}/${fulfillment.customFields.naveKey ?? fulfillment.id}`;
}

export function parseFulfillmentId(localId: string): FulfillmentId | undefined {
  const at = localId.indexOf("/");
  return at <= 0 ? undefined : { orderId: localId.slice(0, at), key: localId.slice(at + 1) };
}

/** The order's shipments: of several fulfilments with one key of the hub, the last that is not cancelled, or the last. */
export function shipmentsOf(order: OrderAnswer): { localId: string; fulfillment: FulfillmentAnswer }[] {
  const byId = new Map<string, FulfillmentAnswer>();
  const inOrder = [...(order.fulfillments ?? [])].sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  for (const fulfillment of inOrder) {
    const localId = fulfillmentLocalId(order.id, fulfillment);
    const before = byId.get(localId);
    if (before === undefined || before.state === "Cancelled" || fulfillment.state !== "Cancelled") {
      byId.set(localId, fulfillment);
    }
  }
  return [...byId].map(([localId, fulfillment]) => ({ localId, fulfillment }));
}

export function nativeShipment(order: OrderAnswer, fulfillment: FulfillmentAnswer): JsonObject {
  const keyOf = readLineKeys(fulfillment.customFields.lineKeys);
  const placeOf = new Map(order.lines.map(({ id }, index) => [id, index]));
  return present({
    fulfillmentId: fulfillment.id,
    orderId: order.id,
    number: fulfillment.customFields.number ?? `F-${fulfillment.id}`,
    state: fulfillment.state,
    method: fulfillment.method,
    trackingCode: fulfillment.trackingCode,
    shippedAt: reached(order, fulfillment.id, "Shipped"),
    deliveredAt: reached(order, fulfillment.id, "Delivered"),
    lines: fulfillment.lines.map(({ orderLineId, quantity }) => {
      const place = placeOf.get(orderLineId) ?? -1;
      return present({
        key: keyOf.get(orderLineId) ?? String(place + 1),
        orderLine: String(place + 1),
        productVariantId: order.lines[place]?.productVariant.id,
        quantity,
      });
    }),
    naveKey: fulfillment.customFields.naveKey,
  });
}

/** Keys of the shipment's lines by order line, as the hub gave them; Vendure's own lines have no name. */
function readLineKeys(text: string | null): Map<string, string> {
  return new Map(
    (text ?? "").split("\n").flatMap((line) => {
      const at = line.indexOf("=");
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
    }),
  );
}

export function writeLineKeys(lines: readonly { key: string; orderLineId: string }[]): string {
  return lines.map(({ key, orderLineId }) => `${orderLineId}=${key.replaceAll("\n", " ")}`).join("\n");
}

/** Vendure keeps no time of a transition but in the order's history. */
function reached(order: OrderAnswer, fulfillmentId: string, state: string): string | undefined {
  const entry = order.history.items.find(
    ({ type, data }) =>
      type === "ORDER_FULFILLMENT_TRANSITION" &&
      textOf(data["fulfillmentId"]) === fulfillmentId &&
      data["to"] === state,
  );
  return entry?.createdAt;
}
