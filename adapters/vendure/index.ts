import {
  type Connect,
  NaveError,
  type Observation,
  type Spoke,
  type WriteOutcome,
  type WriteRequest,
} from "../../src/adapter-kit/index.ts";
import { connectShop, rememberingWrites, type Shop } from "./connect-shop.ts";
import { outcomeOfFault } from "./faults.ts";
import { textOf } from "./native.ts";
import { shipmentsOf } from "./native-shipment.ts";
import { callOperation } from "./operations.ts";
import {
  changedOrders,
  type OrderEntity,
  observationsOf,
  ordersWithFulfillments,
  readOrders,
} from "./watch-orders.ts";
import { CUSTOMERS, changedRecords, findRecords, PRODUCTS, readRecords } from "./watch-records.ts";
import { createCustomer, deleteCustomer, updateCustomer } from "./write-customer.ts";
import { updateOrder } from "./write-order.ts";
import { archiveProduct, createProduct, updateProduct } from "./write-product.ts";
import { createShipment, updateShipment } from "./write-shipment.ts";

/** Connects to a Vendure shop through its admin API, as an administrator. */
export const connect: Connect = async (context) => {
  const shop = connectShop(context);
  return {
    changes(entity, request) {
      if (entity === "customer") return changedRecords(shop, CUSTOMERS, request);
      if (entity === "product") return changedRecords(shop, PRODUCTS, request);
      return changedOrders(shop, orderEntity(entity), request);
    },
    read: (entity, localIds, signal) => readEntity(shop, entity, localIds, signal),
    write: (entity, requests, signal) => writeAll(shop, entity, requests, signal),
    findByProbe: (entity, probeKeys, signal) => findByKey(shop, entity, probeKeys, signal),
    call: (operation, request) => callOperation(rememberingWrites(shop), operation, request),
    async health(signal) {
      await shop.refresh(signal);
      const now = shop.now();
      return now === undefined ? {} : { now };
    },
    async close() {},
  } satisfies Spoke;
};

function orderEntity(entity: string): OrderEntity {
  if (entity === "order" || entity === "shipment" || entity === "payment") return entity;
  throw new NaveError("NAVE_NOT_SUPPORTED", `The Vendure adapter has no entity "${entity}"`, {
    accepts: "customer, product, order, shipment, payment",
  });
}

async function readEntity(
  shop: Shop,
  entity: string,
  localIds: string[],
  signal: AbortSignal,
): Promise<Observation[]> {
  if (entity === "customer") return readRecords(shop, CUSTOMERS, localIds, signal);
  if (entity === "product") return readRecords(shop, PRODUCTS, localIds, signal);
  const kind = orderEntity(entity);
  const facts = await shop.facts(signal);
  const wanted = new Set(localIds);
  const orderIds = new Set(localIds.map((localId) => localId.split("/")[0] ?? ""));
  const orders = await readOrders(shop, [...orderIds], signal);
  return orders
    .flatMap((order) => observationsOf(order, kind, facts))
    .filter(({ localId }) => wanted.has(localId));
}

/** One after the other: Vendure's mutations change one record each, and each in a transaction of its own. */
async function writeAll(
  shop: Shop,
  entity: string,
  requests: WriteRequest[],
  signal: AbortSignal,
): Promise<WriteOutcome[]> {
  const outcomes: WriteOutcome[] = [];
  for (const request of requests) {
    outcomes.push(await writeOne(rememberingWrites(shop), entity, request, signal).catch(outcomeOfFault));
  }
  return outcomes;
}

async function writeOne(
  shop: Shop,
  entity: string,
  request: WriteRequest,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  switch (`${entity} ${request.kind}`) {
    case "customer create":
      return createCustomer(shop, request as WriteRequest & { kind: "create" }, signal);
    case "customer update":
      return updateCustomer(shop, request as WriteRequest & { kind: "update" }, signal);
    case "customer delete":
      return deleteCustomer(shop, (request as WriteRequest & { kind: "delete" }).localId, signal);
    case "product create":
      return createProduct(shop, request as WriteRequest & { kind: "create" }, signal);
    case "product update":
      return updateProduct(shop, request as WriteRequest & { kind: "update" }, signal);
    case "product archive":
      return archiveProduct(shop, (request as WriteRequest & { kind: "archive" }).localId, signal);
    case "order update":
      return updateOrder(shop, request as WriteRequest & { kind: "update" }, signal);
    case "shipment create":
      return createShipment(shop, request as WriteRequest & { kind: "create" }, signal);
    case "shipment update":
      return updateShipment(shop, request as WriteRequest & { kind: "update" }, signal);
    default:
      throw new NaveError("NAVE_NOT_SUPPORTED", `The Vendure adapter does not ${request.kind} a ${entity}`);
  }
}

async function findByKey(
  shop: Shop,
  entity: string,
  probeKeys: string[],
  signal: AbortSignal,
): Promise<{ probeKey: string; observation: Observation }[]> {
  if (entity === "shipment") return findShipments(shop, new Set(probeKeys), signal);
  const records = entity === "customer" ? CUSTOMERS : entity === "product" ? PRODUCTS : undefined;
  if (records === undefined)
    throw new NaveError("NAVE_NOT_SUPPORTED", `A ${entity} has no key of the hub in Vendure`);
  // several records may hold one key after a restore of the shop; the hub has to see them all
  const filter = { naveKey: { in: probeKeys } };
  const found = await (records === CUSTOMERS
    ? findRecords(shop, CUSTOMERS, filter, probeKeys.length * 3, signal)
    : findRecords(shop, PRODUCTS, filter, probeKeys.length * 3, signal));
  return found.map((observation) => ({ probeKey: textOf(observation.native["naveKey"]), observation }));
}

async function findShipments(
  shop: Shop,
  wanted: Set<string>,
  signal: AbortSignal,
): Promise<{ probeKey: string; observation: Observation }[]> {
  const facts = await shop.facts(signal);
  const found: { probeKey: string; observation: Observation }[] = [];
  for await (const order of ordersWithFulfillments(shop, signal)) {
    const keys = new Map(
      shipmentsOf(order).map(({ localId, fulfillment }) => [localId, fulfillment.customFields.naveKey]),
    );
    for (const observation of observationsOf(order, "shipment", facts)) {
      const probeKey = keys.get(observation.localId);
      if (typeof probeKey === "string" && wanted.has(probeKey)) found.push({ probeKey, observation });
    }
  }
  return found;
}
