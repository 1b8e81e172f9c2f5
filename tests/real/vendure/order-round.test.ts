import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../../src/adapter-kit/contract.ts";
import { SET_UP_MS } from "../set-up.ts";
import { connectHub, type HubSide, type Polled } from "./hub-side.ts";
import { startRelay } from "./relay.ts";
import { startVendure, type Vendure } from "./server.ts";
import {
  addAddress,
  addCoupon,
  addProduct,
  cancelByHand,
  changeAddress,
  deliverByHand,
  fillCart,
  keepPricesWithTax,
  type PlacedOrder,
  placeOrder,
  type ShopItem,
  shipByHand,
  showOrder,
} from "./shop.ts";

const BO = {
  firstName: "Bo",
  lastName: "Beta",
  emailAddress: "bo@beta.example",
  phoneNumber: "+49 89 123456",
};

let shop: Vendure;
let hub: HubSide;

beforeAll(async () => {
  shop = await startVendure();
  await addProduct(shop, { sku: "BOLT", name: "Bolt", price: 1000, stockOnHand: 100_000 });
  await addProduct(shop, {
    sku: "BOOK",
    name: "Book",
    price: 333,
    stockOnHand: 100_000,
    taxCategory: "Reduced",
  });
  await addCoupon(shop, "TEN", 10);
  hub = await connectHub(shop);
}, SET_UP_MS);

afterAll(() => shop.stop());

const place = (items: ShopItem[] = [{ sku: "BOLT", quantity: 3 }], checkout = {}) =>
  placeOrder(shop, BO, items, checkout);

/** What the back office reports: so many of an order's line, as it stands in the canonical order. */
async function despatch(
  order: PlacedOrder,
  number: string,
  quantity: string,
  more: JsonObject = {},
): Promise<JsonObject> {
  const { body } = await hub.read("order", order.id);
  const [line] = body["lines"] as JsonObject[];
  return {
    number,
    order: { system: "shop", localId: order.id },
    status: "shipped",
    carrier: "DHL",
    trackingNumber: `T-${number}`,
    lines: [
      {
        key: "10",
        orderLine: line?.["key"] ?? "",
        item: line?.["item"] ?? "",
        quantity: { value: quantity, unit: "C62" },
      },
    ],
    ...more,
  };
}

function address(key: string, city: string): JsonObject {
  return { key, use: key, street: "Ring 1", city, country: "DE" };
}

function soldOut(body: JsonObject): JsonObject {
  return { ...body, status: "cancelled", cancellation: { reason: "sold out" } };
}

function stateIn({ observations }: Polled, order: PlacedOrder): Json | undefined {
  return observations.find(({ localId }) => localId === order.id)?.native["state"];
}

describe("orders", () => {
  test("an order placed in the shop arrives whole, and its amounts add up to what the customer paid", async () => {
    const { checkpoint } = await hub.poll("order");
    const items = [
      { sku: "BOLT", quantity: 3 },
      { sku: "BOOK", quantity: 7 },
    ];
    const order = await place(items, {
      couponCode: "TEN",
      shippingAddress: { company: "Beta AG", streetLine2: "Yard" },
    });
    expect((await hub.poll("order", checkpoint)).ids).toContain(order.id);
    const { body, problems } = await hub.read("order", order.id);
    expect(problems).toEqual([]);
    expect(body).toMatchObject({
      number: order.code,
      status: "placed",
      paymentStatus: "paid",
      deliveryStatus: "none",
      lines: [
        {
          unitPrice: "10.00",
          quantity: { value: "3" },
          discountAmount: "3.14",
          netAmount: "26.86",
          taxPercent: "19",
        },
        {
          unitPrice: "3.33",
          quantity: { value: "7" },
          discountAmount: "2.19",
          netAmount: "21.12",
          taxPercent: "7",
        },
      ],
      charges: [{ key: "freight", kind: "freight", amount: "5.00", taxPercent: "19" }],
      totals: { gross: "60.51" },
      deliveryAddress: { name: "Beta AG, Bo Beta", street: "Ring 5\nYard", city: "München", country: "DE" },
    });
    expect(order.totalWithTax).toBe(6051);
  });

  test("where prices are kept with tax, the amounts without it still add up to what the customer paid", async () => {
    await keepPricesWithTax(shop, true);
    try {
      await hub.spoke.health(AbortSignal.timeout(30_000));
      for (const quantities of [
        [1, 1],
        [3, 7],
        [7, 2],
        [13, 29],
      ]) {
        const items = [
          { sku: "BOLT", quantity: quantities[0] ?? 1 },
          { sku: "BOOK", quantity: quantities[1] ?? 1 },
        ];
        const order = await place(items, { couponCode: "TEN" });
        const { body, problems } = await hub.read("order", order.id);
        expect(problems).toEqual([]);
        expect((body["totals"] as JsonObject)["gross"]).toBe((order.totalWithTax / 100).toFixed(2));
      }
    } finally {
      await keepPricesWithTax(shop, false);
      await hub.spoke.health(AbortSignal.timeout(30_000));
    }
  });

  test("a cart is no order, before the payment and while it is being arranged", async () => {
    const visitor = shop.visitor();
    const cart = await fillCart(shop, visitor, [{ sku: "BOLT", quantity: 1 }]);
    const { id } = await showOrder(shop, cart);
    expect((await hub.poll("order")).ids).not.toContain(id);
    expect(await hub.spoke.read("order", [id], AbortSignal.timeout(30_000))).toEqual([]);
  });

  test("an order shipped by hand is noticed, although its own stamp stands still", async () => {
    const order = await place();
    const { checkpoint } = await hub.poll("order");
    const before = await showOrder(shop, order.code);
    await shipByHand(shop, order.code, "BY-HAND");
    expect((await showOrder(shop, order.code)).updatedAt).toBe(before.updatedAt);
    const shipped = await hub.poll("order", checkpoint);
    expect(stateIn(shipped, order)).toBe("Shipped");
    await deliverByHand(shop, order.code);
    expect(stateIn(await hub.poll("order", shipped.checkpoint), order)).toBe("Delivered");
  });

  test("polls of orders, shipments and payments look through the open orders once, and each notices what happened", async () => {
    const order = await place();
    const relay = await startRelay(shop.url);
    try {
      const counted = await connectHub(shop, { url: relay.url });
      const entities = ["order", "shipment", "payment"];
      const marks: Record<string, JsonObject> = {};
      for (const entity of entities) marks[entity] = (await counted.poll(entity)).checkpoint;
      await shipByHand(shop, order.code, "COUNTED");
      relay.asked.length = 0;
      for (const entity of entities) {
        const { observations } = await counted.poll(entity, marks[entity]);
        expect(observations.some(({ localId }) => localId.split("/")[0] === order.id)).toBe(true);
      }
      const ofOpen = relay.asked.filter(({ variables }) => JSON.stringify(variables).includes("notIn"));
      expect(ofOpen).toHaveLength(1);
    } finally {
      await relay.close();
    }
  });

  test("an order cancelled by hand is noticed", async () => {
    const order = await place();
    const { checkpoint } = await hub.poll("order");
    await cancelByHand(shop, order.code, "changed my mind");
    expect(stateIn(await hub.poll("order", checkpoint), order)).toBe("Cancelled");
  });

  test("a cancelled order keeps what was ordered", async () => {
    const order = await place();
    await cancelByHand(shop, order.code, "changed my mind");
    const { body, problems } = await hub.read("order", order.id);
    expect(problems).toEqual([]);
    expect(body).toMatchObject({
      status: "cancelled",
      cancellation: { reason: "changed my mind" },
      lines: [{ quantity: { value: "3" }, netAmount: "30.00", status: "cancelled" }],
      totals: { gross: "41.65" },
    });
  });

  test("the back office's number, status, date and note are kept in the shop", async () => {
    const order = await place();
    const outcome = await hub.wish("order", order.id, (body) => ({
      ...body,
      status: "confirmed",
      promisedDeliveryDate: "2026-12-01",
      note: "Two parcels",
      documents: [{ key: "erp-order", kind: "erp-order", number: "SO-4711" }],
    }));
    expect(outcome.kind).toBe("written");
    expect((await showOrder(shop, order.code)).customFields).toMatchObject({
      backOfficeNumber: "SO-4711",
      promisedDeliveryDate: "2026-12-01",
      note: "Two parcels",
    });
    expect((await hub.read("order", order.id)).body).toMatchObject({
      status: "confirmed",
      note: "Two parcels",
    });
  });

  test("a cancellation by the back office cancels the order, and once is enough", async () => {
    const order = await place();
    expect((await hub.wish("order", order.id, soldOut)).kind).toBe("written");
    expect((await showOrder(shop, order.code)).state).toBe("Cancelled");
    expect((await hub.wish("order", order.id, soldOut)).kind).toBe("written");
  });

  test("money that was only authorised is taken, and goods sent before count as sent", async () => {
    const order = await place(undefined, { payment: "authorised" });
    await shipByHand(shop, order.code, "EARLY");
    expect((await showOrder(shop, order.code)).state).toBe("PaymentAuthorized");
    expect((await hub.read("order", order.id)).body).toMatchObject({
      paymentStatus: "none",
      deliveryStatus: "shipped",
    });
    const outcome = await hub.wish("order", order.id, (body) => ({ ...body, paymentStatus: "paid" }));
    expect(outcome.kind).toBe("written");
    expect((await showOrder(shop, order.code)).state).toBe("Shipped");
  });

  test("what an order does not let itself be changed is refused by name", async () => {
    const order = await place();
    const changes = { code: "ANOTHER" };
    const request = { kind: "update", localId: order.id, probeKey: "x", changes, held: {} } as const;
    const [outcome] = await hub.spoke.write("order", [request], AbortSignal.timeout(30_000));
    expect(outcome).toMatchObject({ kind: "refused", field: "code" });
  });
});

describe("shipments", () => {
  test("a shipment of the back office ships the order, in parts", async () => {
    const order = await place();
    const { checkpoint } = await hub.poll("shipment");
    expect((await hub.create("shipment", "ship-1", await despatch(order, "DN-1", "1"))).kind).toBe("written");
    expect((await showOrder(shop, order.code)).state).toBe("PartiallyShipped");
    const rest = await hub.create("shipment", "ship-2", await despatch(order, "DN-2", "2.000"));
    expect(rest).toMatchObject({ kind: "written", localId: `${order.id}/ship-2` });
    const shown = await showOrder(shop, order.code);
    expect(shown.state).toBe("Shipped");
    expect(
      shown.fulfillments.map(({ method, trackingCode }) => `${method} ${trackingCode}`).toSorted(),
    ).toEqual(["DHL T-DN-1", "DHL T-DN-2"]);
    expect((await hub.poll("shipment", checkpoint)).ids).toEqual(
      expect.arrayContaining([`${order.id}/ship-1`, `${order.id}/ship-2`]),
    );
    const { body, problems } = await hub.read("shipment", `${order.id}/ship-2`);
    expect(problems).toEqual([]);
    expect(body).toMatchObject({
      number: "DN-2",
      status: "shipped",
      lines: [{ key: "10", quantity: { value: "2" } }],
    });
    expect((await hub.read("order", order.id)).body).toMatchObject({ deliveryStatus: "shipped" });
  });

  test("a shipment sent twice is one fulfilment, and goes on from where it stands", async () => {
    const order = await place();
    const body = await despatch(order, "DN-3", "3", { status: "packed" });
    expect((await hub.create("shipment", "ship-3", body)).kind).toBe("written");
    expect((await hub.create("shipment", "ship-3", { ...body, status: "delivered" })).kind).toBe("written");
    const { fulfillments, state } = await showOrder(shop, order.code);
    expect(fulfillments.map((fulfillment) => fulfillment.state)).toEqual(["Delivered"]);
    expect(state).toBe("Delivered");
  });

  test("more than was ordered is refused, and nothing is shipped", async () => {
    const order = await place();
    const outcome = await hub.create("shipment", "ship-4", await despatch(order, "DN-4", "9"));
    expect(outcome).toMatchObject({ kind: "refused" });
    expect((await showOrder(shop, order.code)).fulfillments).toEqual([]);
  });

  test("lines that ship the same under other names leave the fulfilment as it is", async () => {
    const order = await place();
    await hub.create("shipment", "ship-7", await despatch(order, "DN-7", "3"));
    const lines = [{ key: "A", orderLine: "1", quantity: { value: "3", unit: "C62" } }];
    const outcome = await hub.wish("shipment", `${order.id}/ship-7`, (body) => ({
      ...body,
      lines,
      status: "delivered",
    }));
    expect(outcome.kind).toBe("written");
    const { fulfillments, state } = await showOrder(shop, order.code);
    expect(fulfillments).toHaveLength(1);
    expect(state).toBe("Delivered");
  });

  test("another tracking number makes a new fulfilment that is the same shipment", async () => {
    const order = await place();
    await hub.create("shipment", "ship-5", await despatch(order, "DN-5", "3"));
    const localId = `${order.id}/ship-5`;
    const outcome = await hub.wish("shipment", localId, (body) => ({ ...body, trackingNumber: "T-NEW" }));
    expect(outcome).toMatchObject({ kind: "written", localId });
    const { fulfillments, state } = await showOrder(shop, order.code);
    expect(fulfillments.map((fulfillment) => fulfillment.state).toSorted()).toEqual(["Cancelled", "Shipped"]);
    expect(state).toBe("Shipped");
    expect((await hub.read("shipment", localId)).body).toMatchObject({
      trackingNumber: "T-NEW",
      status: "shipped",
    });
  });

  test.each([
    { loses: "AddFulfillment", stands: "Pending" },
    { loses: "TransitionFulfillment", stands: "Shipped" },
    { loses: "Orders", stands: "Shipped" },
  ])(
    "a shipment whose answer to $loses is lost is found by the hub's key, and made once",
    async ({ loses, stands }) => {
      const order = await place();
      const probeKey = `ship-${loses}`;
      const body = await despatch(order, `DN-${loses}`, "3");
      const spared = loses === "Orders" ? 1 : 0;
      const relay = await startRelay(shop.url, { operationName: loses, spared });
      try {
        const cutOff = await connectHub(shop, { url: relay.url });
        expect((await cutOff.create("shipment", probeKey, body)).kind).toBe("unknown");
        expect(relay.lost()).toBe(1);
      } finally {
        await relay.close();
      }
      expect((await showOrder(shop, order.code)).fulfillments.map(({ state }) => state)).toEqual([stands]);
      const keys = [probeKey, "ship-none"];
      const found = await hub.spoke.findByProbe?.("shipment", keys, AbortSignal.timeout(30_000));
      expect(found?.map(({ observation }) => observation.localId)).toEqual([`${order.id}/${probeKey}`]);
      expect((await hub.create("shipment", probeKey, body)).kind).toBe("written");
      const { fulfillments, state } = await showOrder(shop, order.code);
      expect(fulfillments).toHaveLength(1);
      expect(state).toBe("Shipped");
    },
  );
});

describe("payments", () => {
  test("a payment and a refund given later arrive as two, and a refund ordered twice is given once", async () => {
    const order = await place();
    await shipByHand(shop, order.code, "R-1");
    await deliverByHand(shop, order.code);
    const { ids, checkpoint } = await hub.poll("payment");
    const [payment] = (await showOrder(shop, order.code)).payments;
    expect(ids).toContain(`${order.id}/${payment?.id}`);
    expect((await hub.read("payment", `${order.id}/${payment?.id}`)).problems).toEqual([]);
    const call = {
      args: { order: order.id, amount: "4.50", reason: "scratched" },
      idempotencyKey: "refund-1",
    };
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const reply = await hub.spoke.call?.("refund-order", { ...call, signal: AbortSignal.timeout(30_000) });
      expect(reply).toMatchObject({ kind: "done", result: { refunded: "4.50" } });
    }
    const { payments } = await showOrder(shop, order.code);
    expect(payments.flatMap(({ refunds }) => refunds.map(({ total }) => total))).toEqual([450]);
    const later = await hub.poll("payment", checkpoint);
    const refund = later.observations.find(({ native }) => native["refundOf"] !== undefined);
    expect(refund?.native).toMatchObject({ amount: "-4.50" });
    expect((await hub.read("payment", refund?.localId ?? "")).problems).toEqual([]);
  });

  test("more than was paid is not refunded", async () => {
    const order = await place();
    const args = { order: order.id, amount: "1000.00" };
    const reply = await hub.spoke.call?.("refund-order", {
      args,
      idempotencyKey: "r2",
      signal: AbortSignal.timeout(30_000),
    });
    expect(reply).toMatchObject({ kind: "refused", field: "amount" });
  });
});

describe("customers and stock", () => {
  test("a changed address is noticed, although the customer's own stamp stands still", async () => {
    const created = await hub.create("customer", "cust-1", {
      name: "Cy Gamma",
      kind: "consumer",
      contactPoints: [{ key: "email", kind: "email", value: "cy@gamma.example" }],
    });
    if (created.kind !== "written") throw new Error(JSON.stringify(created));
    const { localId } = created;
    const first = await hub.poll("customer");
    const addressId = await addAddress(shop, localId, { city: "Ulm" });
    const second = await hub.poll("customer", first.checkpoint);
    expect(second.ids).toContain(localId);
    await changeAddress(shop, addressId, { city: "Bonn" });
    const third = await hub.poll("customer", second.checkpoint);
    const seen = third.observations.find((observation) => observation.localId === localId);
    expect(seen?.native["addresses"]).toMatchObject([{ city: "Bonn" }]);
  });

  test.each([
    { company: undefined, name: "Di Delta", kind: "consumer", label: "Di Delta" },
    { company: "Delta AG", name: "Delta AG", kind: "business", label: "Delta AG, Di Delta" },
  ])("a guest becomes a customer with an address: $name", async ({ company, name, kind, label }) => {
    const guest = {
      firstName: "Di",
      lastName: "Delta",
      emailAddress: `di@${kind}.example`,
      phoneNumber: "+49 89 123456",
    };
    const address = company === undefined ? {} : { shippingAddress: { company } };
    const order = await placeOrder(shop, guest, [{ sku: "BOLT", quantity: 1 }], address);
    const { localId } = (await hub.read("order", order.id)).body["buyer"] as { localId: string };
    const { body, problems } = await hub.read("customer", localId);
    expect(problems).toEqual([]);
    expect(body).toMatchObject({
      name,
      kind,
      person: { givenName: "Di", familyName: "Delta" },
      addresses: [{ key: "billing", name: label, city: "München", country: "DE" }],
      contactPoints: [{ key: "email", value: `di@${kind}.example` }, { key: "phone" }],
    });
  });

  test("addresses are changed one by one: those that stay keep their id", async () => {
    const created = await hub.create("customer", "cust-2", {
      name: "Delta GmbH",
      kind: "business",
      addresses: [address("billing", "Ulm"), address("visiting", "Bonn")],
      contactPoints: [{ key: "email", kind: "email", value: "office@delta.example" }],
    });
    if (created.kind !== "written") throw new Error(JSON.stringify(created));
    const idOf = async (key: string) =>
      ((await hub.read("customer", created.localId)).native["addresses"] as JsonObject[]).find(
        (one) => one["key"] === key,
      )?.["id"];
    const billing = await idOf("billing");
    const outcome = await hub.wish("customer", created.localId, (body) => ({
      ...body,
      addresses: [address("billing", "Neu-Ulm"), address("shipping", "Köln")],
    }));
    expect(outcome.kind).toBe("written");
    const { body } = await hub.read("customer", created.localId);
    expect(
      (body["addresses"] as JsonObject[])
        .map(({ key, city }) => `${key as string} ${city as string}`)
        .toSorted(),
    ).toEqual(["billing Neu-Ulm", "shipping Köln"]);
    expect(await idOf("billing")).toBe(billing);
  });

  test("the stock of a product is set by its number", async () => {
    const request = { idempotencyKey: "s1", signal: AbortSignal.timeout(30_000) };
    const reply = await hub.spoke.call?.("set-stock", { args: { sku: "BOOK", onHand: 4321 }, ...request });
    expect(reply).toEqual({ kind: "done", result: { sku: "BOOK", onHand: 4321 } });
    const shown = await shop.admin<{
      productVariants: { items: { stockLevels: { stockOnHand: number }[] }[] };
    }>(
      `{ productVariants(options: { filter: { sku: { eq: "BOOK" } } }) { items { stockLevels { stockOnHand } } } }`,
    );
    expect(shown.productVariants.items[0]?.stockLevels).toEqual([{ stockOnHand: 4321 }]);
  });
});
