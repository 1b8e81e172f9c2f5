import type { JsonObject, WriteOutcome, WriteRequest } from "../../src/adapter-kit/index.ts";
import type { Shop } from "./connect-shop.ts";
import { refused } from "./faults.ts";
import { textOf } from "./native.ts";
import type { FulfillmentAnswer, OrderAnswer } from "./native-order.ts";
import { parseFulfillmentId, shipmentsOf, writeLineKeys } from "./native-shipment.ts";
import { observationsOf, readOrders } from "./watch-orders.ts";

type Signal = AbortSignal | undefined;

/** How far along a fulfilment is; Vendure refuses to repeat a step or to go back. */
const STEPS = ["Created", "Pending", "Shipped", "Delivered"];

/**
 * Makes a fulfilment of the wished lines and takes it to the wished state. The order's fulfilments are looked through for the
 * hub's key first, so that a repeated create goes on where the first one was cut off.
 */
export async function createShipment(
  shop: Shop,
  request: Extract<WriteRequest, { kind: "create" }>,
  signal: Signal,
): Promise<WriteOutcome> {
  const { body, probeKey } = request;
  const orderId = textOf(body["orderId"]);
  const [order] = await readOrders(shop, [orderId], signal);
  if (order === undefined) {
    throw refused(`The shop has no placed order ${orderId}`, { field: "orderId", value: body["orderId"] });
  }
  const localId = `${orderId}/${probeKey}`;
  const standing = current(order, localId);
  const id = standing?.id ?? (await addFulfillment(shop, order, body, probeKey, signal));
  await advance(shop, { id, state: standing?.state ?? "Pending" }, body["state"], signal);
  return written(shop, orderId, localId, signal);
}

/**
 * Takes the fulfilment to the wished state. Vendure cannot change carrier, tracking code or lines of a fulfilment: it is
 * cancelled and made again under the same key, so that it stays the same shipment to the hub.
 */
export async function updateShipment(
  shop: Shop,
  request: Extract<WriteRequest, { kind: "update" }>,
  signal: Signal,
): Promise<WriteOutcome> {
  const { localId, changes, held } = request;
  const { orderId, key } = parseFulfillmentId(localId) ?? { orderId: "", key: "" };
  const [order] = await readOrders(shop, [orderId], signal);
  const standing = order === undefined ? undefined : current(order, localId);
  if (order === undefined || standing === undefined) return { kind: "missing" };
  const body = { ...held, ...changes };
  const state = body["state"];
  const wished = "lines" in changes ? fulfilledLines(order, changes["lines"]) : undefined;
  const stays = isAsWished(standing, changes, wished);
  if (stays && (standing.state !== "Cancelled" || state === "Cancelled")) {
    await advance(shop, standing, state, signal);
    return written(shop, orderId, localId, signal);
  }
  if (standing.customFields.naveKey === null) {
    throw refused(`Fulfilment ${standing.id} was made in the shop and cannot be changed`, {
      accepts: "a new state, or cancel it in the shop and ship again",
    });
  }
  if (standing.state !== "Cancelled") await advance(shop, standing, "Cancelled", signal);
  const id = await addFulfillment(shop, order, body, key, signal);
  await advance(shop, { id, state: "Pending" }, state, signal);
  return written(shop, orderId, localId, signal);
}

/** Whether the fulfilment can stay: lines count by what they ship, not by their names. */
function isAsWished(
  standing: FulfillmentAnswer,
  changes: JsonObject,
  wished: readonly FulfilledLine[] | undefined,
): boolean {
  const held: Record<string, string> = {
    method: standing.method,
    trackingCode: standing.trackingCode,
    number: standing.customFields.number ?? "",
  };
  if (Object.keys(held).some((name) => name in changes && textOf(changes[name]) !== held[name])) return false;
  return wished === undefined || spelled(wished) === spelled(standing.lines);
}

function spelled(lines: readonly { orderLineId: string; quantity: number }[]): string {
  return lines
    .map(({ orderLineId, quantity }) => `${orderLineId} ${quantity}`)
    .sort()
    .join();
}

function current(order: OrderAnswer, localId: string): FulfillmentAnswer | undefined {
  return shipmentsOf(order).find((shipment) => shipment.localId === localId)?.fulfillment;
}

async function written(shop: Shop, orderId: string, localId: string, signal: Signal): Promise<WriteOutcome> {
  const [order] = await readOrders(shop, [orderId], signal);
  const found = order === undefined ? [] : observationsOf(order, "shipment", await shop.facts(signal));
  const observation = found.find((shipment) => shipment.localId === localId);
  return observation === undefined ? { kind: "missing" } : { kind: "written", localId, observation };
}

async function addFulfillment(
  shop: Shop,
  order: OrderAnswer,
  body: JsonObject,
  probeKey: string,
  signal: Signal,
): Promise<string> {
  const lines = fulfilledLines(order, body["lines"]);
  const input = {
    lines: lines.map(({ orderLineId, quantity }) => ({ orderLineId, quantity })),
    handler: {
      code: "nave-fulfillment",
      arguments: [
        ...argument("method", body["method"]),
        ...argument("trackingCode", body["trackingCode"]),
        ...argument("number", body["number"]),
        ...argument("naveKey", probeKey),
        ...argument("lineKeys", writeLineKeys(lines)),
      ],
    },
  };
  const data = await shop.ask<{ addFulfillmentToOrder: { id: string } }>(
    "AddFulfillment",
    { input },
    { writes: true, signal },
  );
  return data.addFulfillmentToOrder.id;
}

function argument(name: string, value: unknown): { name: string; value: string }[] {
  return typeof value === "string" && value !== "" ? [{ name, value }] : [];
}

type FulfilledLine = { key: string; orderLineId: string; quantity: number };

/** Lines by the order line's number, or by the product where the order has it in one line only. */
function fulfilledLines(order: OrderAnswer, value: JsonObject[string] | undefined): FulfilledLine[] {
  const lines = Array.isArray(value) ? (value as JsonObject[]) : [];
  if (lines.length === 0)
    throw refused("A shipment without lines cannot be reported to the shop", { field: "lines" });
  return lines.map((line, index) => {
    const { orderLine, productVariantId, quantity } = line;
    const matches = order.lines.filter((candidate, place) =>
      orderLine === undefined
        ? candidate.productVariant.id === productVariantId
        : textOf(orderLine) === String(place + 1),
    );
    const [match] = matches;
    if (match === undefined || matches.length > 1) {
      throw refused(`Line ${index + 1} of the shipment names no line of order ${order.code}`, {
        field: `lines[${index}].orderLine`,
        value: orderLine,
        accepts: `the number of a line, 1 to ${order.lines.length}`,
      });
    }
    if (typeof quantity !== "number" || !Number.isInteger(quantity) || quantity < 1) {
      throw refused("The shop ships whole pieces", {
        field: `lines[${index}].quantity`,
        value: quantity,
        accepts: "a whole number of at least 1",
      });
    }
    return { key: textOf(line["key"]) || textOf(orderLine), orderLineId: match.id, quantity };
  });
}

async function advance(
  shop: Shop,
  standing: { id: string; state: string },
  wished: JsonObject[string] | undefined,
  signal: Signal,
): Promise<void> {
  if (wished === undefined || wished === standing.state) return;
  // a fulfilment leaves Created by itself, within the call that makes it
  if (STEPS.indexOf(textOf(wished)) === 1 && STEPS.indexOf(standing.state) <= 1) return;
  await shop.ask("TransitionFulfillment", { id: standing.id, state: wished }, { writes: true, signal });
}
