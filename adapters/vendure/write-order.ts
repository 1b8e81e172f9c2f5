import type { JsonObject, WriteOutcome, WriteRequest } from "../../src/adapter-kit/index.ts";
import type { Shop } from "./connect-shop.ts";
import { refused } from "./faults.ts";
import type { OrderAnswer } from "./native-order.ts";
import { observationsOf, readOrders } from "./watch-orders.ts";

type Signal = AbortSignal | undefined;

/** What the back office says about an order, kept in the plugin's fields. */
const BACK_OFFICE_FIELDS = ["backOfficeNumber", "backOfficeStatus", "promisedDeliveryDate", "note"];
const WRITABLE = new Set([...BACK_OFFICE_FIELDS, "state", "paymentState", "cancelReason"]);

/**
 * Carries the back office's answer into the shop: its fields, a cancellation, money taken from an authorised payment. The
 * state is read first, since a transition repeated is refused, and read again afterwards, since that is what counts.
 */
export async function updateOrder(
  shop: Shop,
  request: Extract<WriteRequest, { kind: "update" }>,
  signal: Signal,
): Promise<WriteOutcome> {
  const { localId, changes } = request;
  const foreign = Object.keys(changes).find((name) => !WRITABLE.has(name));
  if (foreign !== undefined) {
    throw refused(`Vendure's order cannot be given another ${foreign}`, {
      field: foreign,
      accepts: `changes of ${[...WRITABLE].join(", ")}`,
    });
  }
  const [order] = await readOrders(shop, [localId], signal);
  if (order === undefined) return { kind: "missing" };
  await setFields(shop, localId, changes, signal);
  if (changes["paymentState"] !== undefined) await takePayment(shop, order, changes["paymentState"], signal);
  if (changes["state"] !== undefined) await cancel(shop, order, changes, signal);
  return written(shop, localId, signal);
}

async function written(shop: Shop, id: string, signal: Signal): Promise<WriteOutcome> {
  const [order] = await readOrders(shop, [id], signal);
  const facts = await shop.facts(signal);
  const [observation] = order === undefined ? [] : observationsOf(order, "order", facts);
  return observation === undefined ? { kind: "missing" } : { kind: "written", localId: id, observation };
}

async function setFields(shop: Shop, id: string, changes: JsonObject, signal: Signal): Promise<void> {
  const names = BACK_OFFICE_FIELDS.filter((name) => name in changes);
  if (names.length === 0) return;
  const customFields = Object.fromEntries(names.map((name) => [name, changes[name] ?? null]));
  await shop.ask("SetOrderFields", { input: { id, customFields } }, { writes: true, signal });
}

/** Only a cancellation is a transition of its own; all other states follow from payments and fulfilments. */
async function cancel(shop: Shop, order: OrderAnswer, changes: JsonObject, signal: Signal): Promise<void> {
  const { state, cancelReason } = changes;
  if (state === order.state) return;
  if (state !== "Cancelled") {
    throw refused(`Order ${order.code} cannot be put into state ${JSON.stringify(state)}`, {
      field: "state",
      value: state,
      accepts: "Cancelled; every other state follows from payments and shipments",
    });
  }
  const reason = typeof cancelReason === "string" ? { reason: cancelReason } : {};
  const input = { orderId: order.id, cancelShipping: true, ...reason };
  await shop.ask("CancelOrder", { input }, { writes: true, signal });
  const [after] = await readOrders(shop, [order.id], signal);
  if (after?.state !== "Cancelled") {
    throw refused(`Order ${order.code} is still ${after?.state} after its cancellation`, {
      field: "state",
      value: state,
    });
  }
}

async function takePayment(
  shop: Shop,
  order: OrderAnswer,
  wished: JsonObject[string] | undefined,
  signal: Signal,
): Promise<void> {
  if (wished !== "Settled") {
    throw refused("A payment in the shop cannot be undone from outside", {
      field: "paymentState",
      value: wished,
      accepts: "Settled; give money back with the operation refund-order",
    });
  }
  const authorised = (order.payments ?? []).filter(({ state }) => state === "Authorized");
  const received = (order.payments ?? []).some(({ state }) => state === "Settled");
  if (authorised.length === 0 && !received) {
    throw refused(`Order ${order.code} has no authorised payment to settle`, {
      field: "paymentState",
      value: wished,
    });
  }
  for (const { id } of authorised) await shop.ask("SettlePayment", { id }, { writes: true, signal });
  if (authorised.length > 0) await catchUp(shop, order.id, signal);
}

/**
 * An order whose goods left before the money was taken goes to PaymentSettled and stays there, as if nothing had been
 * shipped (seen on 3.7.3, November 2026). It is moved on to the state that its fulfilments have reached.
 */
async function catchUp(shop: Shop, id: string, signal: Signal): Promise<void> {
  const [order] = await readOrders(shop, [id], signal);
  if (order?.state !== "PaymentSettled") return;
  const state = deliveryState(order);
  if (state !== undefined) await shop.ask("TransitionOrder", { id, state }, { writes: true, signal });
}

function deliveryState(order: OrderAnswer): string | undefined {
  const ordered = order.lines.reduce((sum, { quantity }) => sum + quantity, 0);
  const sent = (states: readonly string[]) =>
    (order.fulfillments ?? [])
      .filter(({ state }) => states.includes(state))
      .flatMap(({ lines }) => lines)
      .reduce((sum, { quantity }) => sum + quantity, 0);
  const delivered = sent(["Delivered"]);
  const left = sent(["Shipped", "Delivered"]);
  if (delivered > 0) return delivered >= ordered ? "Delivered" : "PartiallyDelivered";
  if (left > 0) return left >= ordered ? "Shipped" : "PartiallyShipped";
  return undefined;
}
