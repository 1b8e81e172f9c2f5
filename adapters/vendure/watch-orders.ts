import { createHash } from "node:crypto";
import {
  type ChangesPage,
  type ChangesRequest,
  type JsonObject,
  NaveError,
  type Observation,
} from "../../src/adapter-kit/index.ts";
import type { Shop } from "./connect-shop.ts";
import { observe } from "./native.ts";
import { nativeOrder, type OrderAnswer, withLinesInOrder } from "./native-order.ts";
import { paymentsOf } from "./native-payment.ts";
import { nativeShipment, shipmentsOf } from "./native-shipment.ts";
import type { Pricing } from "./order-amounts.ts";
import { changedAfter, type Page, pages } from "./scan.ts";

/**
 * `open`: fingerprint of each order that can still move, by id. `updatedAt`: newest stamp when the last scan began.
 * `closedAt`: when the closed orders were last looked through.
 */
type Checkpoint = { version: 1; updatedAt?: string; closedAt?: string; open: Record<string, string> };

type Marks = {
  id: string;
  updatedAt: string;
  payments: { updatedAt: string; refunds: { updatedAt: string }[] }[] | null;
  fulfillments: { updatedAt: string }[] | null;
};

const TAKE = 50;
const TAKE_MARKS = 500;

/** A cart is an order too; a cart that was given up is even Cancelled. Only a placed order has a date of placing. */
const PLACED = { orderPlacedAt: { isNull: false } };
const CLOSED = ["Delivered", "Cancelled"];
const OPEN_FILTER = { ...PLACED, state: { notIn: CLOSED } };

export type OrderEntity = "order" | "shipment" | "payment";

/**
 * What hangs on orders that changed. An order's stamp stays where it was when its state changes: paid, fulfilled, shipped
 * (seen on 3.7.3, November 2026). So every open order's state, payments and fulfilments are read on every poll and compared
 * with last time's by fingerprint; orders that left the open ones are read once more; closed ones are looked through now and
 * then for refunds and returns, by the stamps of their payments and fulfilments, as long as `closedOrderDays` says. Orders,
 * shipments and payments share one reading of the open orders when they are polled one after the other; the orders that
 * changed are read by each for itself, since what is observed must not be older than the scan.
 */
export async function* changedOrders(
  shop: Shop,
  entity: OrderEntity,
  request: ChangesRequest,
): AsyncGenerator<ChangesPage> {
  const before = request.full ? undefined : readCheckpoint(request.checkpoint);
  const { next, ids } = await findChanged(shop, entity, before, request.signal);
  const facts = await shop.facts(request.signal);
  if (before === undefined) {
    const read = pages<OrderAnswer>(
      (skip, take) => orderPage(shop, PLACED, skip, take, request.signal),
      TAKE,
    );
    for await (const { items, last, total } of read) {
      const observations = items.flatMap((order) => observationsOf(order, entity, facts));
      yield { observations, total, ...(last ? { checkpoint: next } : {}) };
    }
    return;
  }
  for (let from = 0; from < ids.length || from === 0; from += TAKE) {
    const orders = await readOrders(shop, ids.slice(from, from + TAKE), request.signal);
    const observations = orders.flatMap((order) => observationsOf(order, entity, facts));
    yield { observations, total: ids.length, ...(from + TAKE >= ids.length ? { checkpoint: next } : {}) };
  }
}

async function findChanged(
  shop: Shop,
  entity: OrderEntity,
  before: Checkpoint | undefined,
  signal: AbortSignal,
): Promise<{ next: Checkpoint; ids: string[] }> {
  const newest = await newestStamp(shop, signal);
  // what changes between this reading and that of the orders themselves shows in the next one, and the orders are read again
  const open = await shop.openOrders(entity, () => readFingerprints(shop, signal));
  const next: Checkpoint = { version: 1, open };
  const updatedAt = newest ?? before?.updatedAt;
  if (updatedAt !== undefined) next.updatedAt = updatedAt;

  const ids = new Set(Object.keys(before?.open ?? {}));
  for (const [id, fingerprint] of Object.entries(open)) {
    if (before?.open[id] === fingerprint) ids.delete(id);
    else ids.add(id);
  }
  if (before === undefined) return { next: { ...next, ...closedScanAt(shop.now()) }, ids: [...ids] };

  const edited = { ...PLACED, ...changedAfter(before.updatedAt, shop.manifest.limits.overlapMs) };
  for await (const { id } of allMarks(shop, edited, signal)) ids.add(id);
  return { next: { ...next, ...(await addChangedClosed(shop, before, ids, signal)) }, ids: [...ids] };
}

async function readFingerprints(shop: Shop, signal: AbortSignal): Promise<Record<string, string>> {
  const open: Record<string, string> = {};
  for await (const marks of allMarks(shop, OPEN_FILTER, signal)) open[marks.id] = fingerprintOf(marks);
  return open;
}

/** Adds closed orders of which a payment, refund or fulfilment is newer than the last look, when it is time to look again. */
async function addChangedClosed(
  shop: Shop,
  before: Checkpoint,
  ids: Set<string>,
  signal: AbortSignal,
): Promise<Partial<Checkpoint>> {
  const now = shop.now();
  const last = before.closedAt;
  if (now === undefined || last === undefined) return closedScanAt(now);
  if (Date.parse(now) - Date.parse(last) < shop.slowScanMs) return { closedAt: last };
  const since = new Date(Date.parse(last) - shop.manifest.limits.overlapMs).toISOString();
  const placedAfter = new Date(Date.parse(now) - shop.closedOrderDays * 86_400_000).toISOString();
  const filter = { orderPlacedAt: { after: placedAfter }, state: { in: CLOSED } };
  for await (const marks of allMarks(shop, filter, signal)) if (newestOf(marks) > since) ids.add(marks.id);
  return { closedAt: now };
}

function closedScanAt(now: string | undefined): Partial<Checkpoint> {
  return now === undefined ? {} : { closedAt: now };
}

async function* allMarks(shop: Shop, filter: JsonObject, signal: AbortSignal): AsyncGenerator<Marks> {
  const read = pages<Marks>(async (skip, take) => {
    const variables = { options: { filter, skip, take, sort: { id: "ASC" } } };
    return (await shop.ask<{ orders: Page<Marks> }>("OrderMarks", variables, { signal })).orders;
  }, TAKE_MARKS);
  for await (const { items } of read) yield* items;
}

async function newestStamp(shop: Shop, signal: AbortSignal): Promise<string | undefined> {
  const variables = { options: { filter: PLACED, sort: { updatedAt: "DESC" }, take: 1 } };
  const { orders } = await shop.ask<{ orders: Page<Marks> }>("OrderMarks", variables, { signal });
  return orders.items[0]?.updatedAt;
}

function newestOf(marks: Marks): string {
  const payments = marks.payments ?? [];
  const parts = [...payments, ...payments.flatMap(({ refunds }) => refunds), ...(marks.fulfillments ?? [])];
  return parts.reduce((newest, { updatedAt }) => (updatedAt > newest ? updatedAt : newest), marks.updatedAt);
}

function fingerprintOf(marks: Marks): string {
  return createHash("sha256").update(JSON.stringify(marks)).digest("base64url").slice(0, 10);
}

async function orderPage(
  shop: Shop,
  filter: JsonObject,
  skip: number,
  take: number,
  signal: AbortSignal | undefined,
): Promise<Page<OrderAnswer>> {
  const variables = { options: { filter, skip, take, sort: { id: "ASC" } } };
  const { orders } = await shop.ask<{ orders: Page<OrderAnswer> }>("Orders", variables, { signal });
  return { ...orders, items: orders.items.map(withLinesInOrder) };
}

/** The placed orders with these ids, whole. */
export async function readOrders(
  shop: Shop,
  ids: readonly string[],
  signal: AbortSignal | undefined,
): Promise<OrderAnswer[]> {
  if (ids.length === 0) return [];
  return (await orderPage(shop, { ...PLACED, id: { in: [...ids] } }, 0, ids.length, signal)).items;
}

/**
 * Open and recently closed orders, to look for a fulfilment by the hub's key: Vendure has no list of fulfilments. A shipment
 * that was just created belongs to an order that is open, or was until that shipment closed it.
 */
export async function* ordersWithFulfillments(shop: Shop, signal: AbortSignal): AsyncGenerator<OrderAnswer> {
  const recently = new Date(Date.now() - shop.closedOrderDays * 86_400_000).toISOString();
  const filter = { ...PLACED, _or: [{ state: { notIn: CLOSED } }, { orderPlacedAt: { after: recently } }] };
  for await (const marks of allMarks(shop, filter, signal)) {
    if ((marks.fulfillments ?? []).length > 0) yield* await readOrders(shop, [marks.id], signal);
  }
}

/** What the order shows of an entity: itself, its shipments, or its payments and refunds. */
export function observationsOf(order: OrderAnswer, entity: OrderEntity, pricing: Pricing): Observation[] {
  if (entity === "order") return [observe(order.id, order.updatedAt, nativeOrder(order, pricing))];
  if (entity === "payment") {
    return paymentsOf(order, pricing.digits).map(({ localId, native }) => ({ localId, native }));
  }
  return shipmentsOf(order).map(({ localId, fulfillment }) =>
    observe(localId, fulfillment.updatedAt, nativeShipment(order, fulfillment)),
  );
}

function readCheckpoint(checkpoint: JsonObject | undefined): Checkpoint | undefined {
  if (checkpoint === undefined) return undefined;
  const { version, open } = checkpoint;
  if (version !== 1 || typeof open !== "object" || open === null || Array.isArray(open)) {
    throw new NaveError(
      "NAVE_CONFIG_INVALID",
      "The checkpoint is of another version of the Vendure adapter",
      {
        value: version,
        accepts: "version 1; reset the checkpoint to read everything again",
      },
    );
  }
  return checkpoint as Checkpoint;
}
