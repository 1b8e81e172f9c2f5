import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import {
  RefusedError,
  refuse,
  type SandboxRecords,
  type StoredRecord,
} from "../../../src/adapter-kit/simulation/index.ts";
import { fromCents, toCents } from "./cents.ts";
import { NEXT_STATE } from "./rules.ts";

/** Whether a customer may order for so much more. */
export function creditCheck(records: SandboxRecords, customerId: string, amount: string): JsonObject {
  const customer = existing(records, "customer", customerId).native;
  const limit = toCents(customer["CreditLimit"], "CreditLimit");
  const open = toCents(customer["OpenBalance"], "OpenBalance");
  const isLimited = customer["CreditLimit"] !== undefined;
  const isGranted =
    customer["CreditHold"] !== true && (!isLimited || open + toCents(amount, "Amount") <= limit);
  const sums = {
    OpenBalance: fromCents(open),
    Available: fromCents(limit - open),
    CreditLimit: fromCents(limit),
  };
  return { Granted: isGranted, ...(isLimited ? sums : { OpenBalance: fromCents(open) }) };
}

/** Confirms a draft or held order: it gets its number, stock is reserved and, sooner or later, a delivery planned. */
export function confirmOrder(records: SandboxRecords, orderId: string): StoredRecord {
  const order = transition(records, orderId, "CONFIRMED");
  if (order.native["State"] !== "CONFIRMED" || order.native["OrderNo"] !== undefined) return order;
  const { CustomerId, SumGross } = order.native;
  if (creditCheck(records, CustomerId as string, (SumGross as string) ?? "0")["Granted"] !== true) {
    refuse("The customer's credit does not allow it", "CustomerId", CustomerId);
  }
  const Positions = positionsOf(order).map((position) => withReserved(records, position));
  for (const position of Positions.filter((one) => !isToBeBought(one)))
    reserve(records, position["ArticleId"] as string, position["Qty"] as string);
  const confirmed = records.update("order", orderId, {
    Positions,
    OrderNo: `A-${200_000 + records.table.next("OrderNo")}`,
  });
  const { followUpMs } = records.misbehaviour;
  const isShippedHere = Positions.some((position) => !isToBeBought(position));
  if (followUpMs === 0 && isShippedHere) planDelivery(records, orderId);
  if (followUpMs > 0 && isShippedHere) {
    setTimeout(() => void (records.table.isOpen && planDelivery(records, orderId)), followUpMs).unref();
  }
  return confirmed;
}

/** Whether an order needs an article that is not kept on stock. */
export function needsBuying(records: SandboxRecords, { native }: Pick<StoredRecord, "native">): boolean {
  return positionsOf({ native }).some((position) => isToBeBought(withReserved(records, position)));
}

/** All of a position is reserved, or nothing where the article is not kept on stock; work needs no stock. */
function withReserved(records: SandboxRecords, position: JsonObject): JsonObject {
  const { ArticleId, Qty = "0", Unit } = position;
  const isStocked = records.get("product", ArticleId as string)?.native["StockItem"];
  if (isStocked === undefined || Unit === "STD") return position;
  return { ...position, QtyReserved: isStocked === true ? Qty : "0" };
}

function isToBeBought({ QtyReserved }: JsonObject): boolean {
  return QtyReserved === "0";
}

export function cancelOrder(records: SandboxRecords, orderId: string, reason: string): StoredRecord {
  const order = transition(records, orderId, "CANCELLED");
  if (order.native["State"] !== "CANCELLED") return order;
  return records.update("order", orderId, { CancelReason: reason, CancelledAt: clock(records) });
}

/** Ships all of an order; answers the delivery's id. */
export function shipOrder(records: SandboxRecords, orderId: string): string {
  const order = existing(records, "order", orderId);
  const planned = records.all("shipment").find(({ native }) => native["SalesOrderId"] === orderId);
  const deliveryId = planned?.id ?? planDelivery(records, orderId);
  const sent = {
    State: "SHIPPED",
    ShippedAt: clock(records),
    Carrier: "Sandbox Parcel",
    TrackingNo: `SP${deliveryId}`,
  };
  records.update("shipment", deliveryId, sent);
  const Positions = positionsOf(order).map((position) => ({
    ...position,
    QtyDelivered: position["Qty"] ?? "0",
  }));
  records.update("order", orderId, { Positions, DelivState: "FULL" });
  return deliveryId;
}

/** Invoices all of an order; answers the invoice's id. */
export function invoiceOrder(records: SandboxRecords, orderId: string): string {
  const { native } = existing(records, "order", orderId);
  const {
    CustomerId,
    Curr,
    Charges,
    RoundMode,
    RoundPer,
    SumPositions,
    SumCharges,
    SumNet,
    SumTax,
    SumGross,
  } = native;
  const sums = { RoundMode, RoundPer, SumPositions, SumCharges, SumNet, SumTax, SumGross };
  const Positions = positionsOf({ native }).map((position) => {
    const billed = Object.entries(position).filter(([name]) => !name.startsWith("Qty") || name === "Qty");
    return { ...Object.fromEntries(billed), OrderPosNo: position["PosNo"] ?? 0 };
  });
  const today = clock(records).slice(0, 10);
  const head = {
    Kind: "RE",
    SalesOrderId: orderId,
    State: "POSTED",
    IssueDate: today,
    DueDate: inDays(records, 30),
  };
  const body = defined({ ...head, CustomerId, Curr, Charges, ...sums, Positions, AmtPaid: "0.00" });
  const invoice = records.create("invoice", body);
  records.update("order", orderId, { InvState: "FULL", AmtInvoiced: SumGross ?? "0.00" });
  owe(records, CustomerId as string, toCents(SumGross, "SumGross"));
  return invoice.id;
}

/** Receives the whole amount of an invoice; answers the receipt's id. */
export function payInvoice(records: SandboxRecords, invoiceId: string): string {
  const { native } = existing(records, "invoice", invoiceId);
  const { CustomerId, Curr, SumGross: Amount = "0.00", SalesOrderId } = native;
  const Allocations = [{ InvoiceId: invoiceId, Amount }];
  const head = { Method: "TRANSFER", PaidOn: clock(records).slice(0, 10) };
  const receipt = records.create("payment", defined({ ...head, CustomerId, Curr, Amount, Allocations }));
  records.update("invoice", invoiceId, { State: "PAID", AmtPaid: Amount });
  if (SalesOrderId !== undefined)
    records.update("order", SalesOrderId as string, { PayState: "FULL", AmtPaid: Amount });
  owe(records, CustomerId as string, -toCents(Amount, "Amount"));
  return receipt.id;
}

function transition(records: SandboxRecords, orderId: string, wanted: string): StoredRecord {
  const order = existing(records, "order", orderId);
  const state = order.native["State"] as string;
  if (state === wanted) return order;
  if (NEXT_STATE[state]?.includes(wanted)) return records.update("order", orderId, { State: wanted });
  if (records.misbehaviour.ignoreTransitions) return order;
  return refuse(
    `An order that is ${state} cannot become ${wanted}`,
    "State",
    wanted,
    NEXT_STATE[state]?.join(", "),
  );
}

function planDelivery(records: SandboxRecords, orderId: string): string {
  const own = positionsOf(existing(records, "order", orderId)).filter((one) => !isToBeBought(one));
  const Positions = own.map(({ PosNo, ArticleId, Qty, Unit }) =>
    defined({ PosNo, OrderPosNo: PosNo, ArticleId, Qty, Unit }),
  );
  return records.create("shipment", { SalesOrderId: orderId, State: "PLANNED", Positions }).id;
}

/** Reserves so much of an article, if so much is free. */
export function reserveStock(records: SandboxRecords, articleId: string, quantity: string): StoredRecord {
  const stock = stockOf(records, articleId);
  const free = Number(stock.native["OnHand"] ?? 0) - Number(stock.native["Reserved"] ?? 0);
  if (Number(quantity) > free) refuse("There is not so much in stock", "Qty", quantity, `at most ${free}`);
  reserve(records, articleId, quantity);
  return stockOf(records, articleId);
}

/** Takes a reservation back. */
export function releaseStock(records: SandboxRecords, articleId: string, quantity: string): StoredRecord {
  const reserved = Number(stockOf(records, articleId).native["Reserved"] ?? 0);
  if (Number(quantity) > reserved) refuse("So much is not reserved", "Qty", quantity, `at most ${reserved}`);
  reserve(records, articleId, `${-Number(quantity)}`);
  return stockOf(records, articleId);
}

/** How much of an article is there, and how much of it is still free. */
export function stockAvailable(records: SandboxRecords, articleId: string): JsonObject {
  const { OnHand = "0", Reserved = "0", Available = "0" } = stockOf(records, articleId).native;
  return { OnHand, Reserved, Available };
}

/** Posts a letter about an open invoice, at every call another one. */
export function remindOf(records: SandboxRecords, invoiceId: string): JsonObject {
  const { native, entity, id } = existing(records, "invoice", invoiceId);
  if (native["State"] === "PAID") refuse("The invoice is paid", "InvoiceId", invoiceId, "an open invoice");
  records.log({ method: "reminder", entity, id, kind: "operation" });
  return { ReminderNo: `M-${300_000 + records.table.next("ReminderNo")}` };
}

function stockOf(records: SandboxRecords, articleId: string): StoredRecord {
  const stock = records.all("stock-level").find(({ native }) => native["ArticleId"] === articleId);
  return (
    stock ?? refuse("There is no stock of this article", "ArticleId", articleId, "an article kept on stock")
  );
}

function reserve(records: SandboxRecords, articleId: string, quantity: string): void {
  const stock = records.all("stock-level").find(({ native }) => native["ArticleId"] === articleId);
  if (!stock) return;
  const reserved = Number(stock.native["Reserved"] ?? 0) + Number(quantity);
  const available = Number(stock.native["OnHand"] ?? 0) - reserved;
  const changes = { Reserved: reserved.toFixed(3), Available: available.toFixed(3), AsOf: clock(records) };
  records.update("stock-level", stock.id, changes);
}

function owe(records: SandboxRecords, customerId: string, cents: bigint): void {
  const { native } = existing(records, "customer", customerId);
  const open = toCents(native["OpenBalance"], "OpenBalance") + cents;
  records.update("customer", customerId, { OpenBalance: fromCents(open) });
}

function existing(records: SandboxRecords, entity: string, id: string): StoredRecord {
  const record = records.get(entity, id);
  if (!record) throw new RefusedError({ kind: "missing", text: `There is no ${entity} ${id}` });
  return record;
}

function positionsOf({ native }: Pick<StoredRecord, "native">): JsonObject[] {
  return (native["Positions"] as JsonObject[] | undefined) ?? [];
}

function clock(records: SandboxRecords): string {
  return `${new Date(records.now()).toISOString().slice(0, 19)}Z`;
}

function inDays(records: SandboxRecords, days: number): string {
  return new Date(records.now() + days * 86_400_000).toISOString().slice(0, 10);
}

function defined(record: Record<string, JsonObject[string] | undefined>): JsonObject {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as JsonObject;
}
