import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { loadModel } from "../../../src/canonical/model.ts";
import { loadMapping } from "../../../src/mapping/load-mapping.ts";
import { functions } from "../functions.ts";
import { nativeOrder, type OrderAnswer } from "../native-order.ts";

const model = loadModel();
const mapping = loadMapping(fileURLToPath(new URL("../", import.meta.url)), "order", {
  system: "shop",
  type: model.entity("order"),
  functions,
});

type Position = { listPrice: number; quantity: number; taxRate: number; discount: number };
type Cart = { pricesIncludeTax: boolean; positions: Position[]; shipping: number; shippingTax: number };

function rounded(price: number, quantity = 1): number {
  return Math.round(price * quantity);
}

/**
 * An order as Vendure 3.7 calculates it (order-line.entity.ts, shipping-line.entity.ts, default-money-strategy.ts): floating
 * unit prices, each amount rounded by itself, half up.
 */
function calculated({ pricesIncludeTax, positions, shipping, shippingTax }: Cart): OrderAnswer {
  const net = (price: number, rate: number) => (pricesIncludeTax ? price / ((100 + rate) / 100) : price);
  const gross = (price: number, rate: number) => (pricesIncludeTax ? price : price * ((100 + rate) / 100));
  const lines = positions.map(({ listPrice, quantity, taxRate, discount }, index) => {
    const prorated = listPrice - (listPrice * discount) / 100;
    return {
      id: String(index + 1),
      createdAt: "2026-11-22T10:00:00.000Z",
      quantity,
      orderPlacedQuantity: quantity,
      taxRate,
      unitPrice: rounded(net(listPrice, taxRate)),
      unitPriceWithTax: rounded(gross(listPrice, taxRate)),
      linePrice: rounded(net(listPrice, taxRate), quantity),
      proratedLinePrice: rounded(net(prorated, taxRate), quantity),
      proratedLinePriceWithTax: rounded(gross(prorated, taxRate), quantity),
      productVariant: { id: "7", sku: "BOLT", name: "Bolt" },
    };
  });
  const shippingWithTax = rounded(gross(shipping, shippingTax));
  const price = net(shipping, shippingTax);
  return {
    id: "1",
    code: "ORDER-1",
    state: "PaymentSettled",
    updatedAt: "2026-11-22T10:00:00.000Z",
    orderPlacedAt: "2026-11-22T10:00:00.000Z",
    currencyCode: "EUR",
    customer: { id: "3" },
    shippingAddress: null,
    billingAddress: null,
    lines,
    shippingLines: [
      {
        id: "1",
        price,
        priceWithTax: shippingWithTax,
        discountedPrice: rounded(price),
        discountedPriceWithTax: shippingWithTax,
        shippingMethod: { name: "Parcel" },
      },
    ],
    surcharges: [],
    taxSummary: [...positions.map(({ taxRate }) => ({ taxRate })), { taxRate: shippingTax }],
    total: 0,
    totalWithTax: lines.reduce((sum, line) => sum + line.proratedLinePriceWithTax, shippingWithTax),
    couponCodes: [],
    payments: [],
    fulfillments: [],
    customFields: { backOfficeNumber: null, backOfficeStatus: null, promisedDeliveryDate: null, note: null },
    history: { items: [] },
  };
}

const RATES = [0, 5.5, 7, 7.7, 19, 21, 25];
const position = fc.record({
  listPrice: fc.integer({ min: 0, max: 500_000 }),
  quantity: fc.integer({ min: 1, max: 500 }),
  taxRate: fc.constantFrom(...RATES),
  discount: fc.constantFrom(0, 0, 3, 10, 33.3, 100),
});
const cart = fc.record({
  pricesIncludeTax: fc.boolean(),
  positions: fc.array(position, { minLength: 1, maxLength: 12 }),
  shipping: fc.integer({ min: 0, max: 5000 }),
  shippingTax: fc.constantFrom(...RATES),
});

/** A net price of half a cent times the quantity, all of it taken off again. */
const HALF_A_CENT: Cart = {
  pricesIncludeTax: true,
  positions: [{ listPrice: 12_170, quantity: 100, taxRate: 5.5, discount: 100 }],
  shipping: 0,
  shippingTax: 0,
};

test("whatever a shop calculates is a valid order that adds up to the amount the customer paid", () => {
  fc.assert(
    fc.property(cart, (given) => {
      const answer = calculated(given);
      const native = nativeOrder(answer, { digits: 2, pricesIncludeTax: given.pricesIncludeTax });
      const { body, problems } = mapping.toCanonical(native);
      expect(problems).toEqual([]);
      expect(model.entity("order").validate(body)).toEqual([]);
      expect(body["totals"]).toMatchObject({ gross: (answer.totalWithTax / 100).toFixed(2) });
    }),
    { numRuns: 300, examples: [[HALF_A_CENT]] },
  );
});

test("net prices are taken as they are, and gross ones with the decimals it takes", () => {
  const positions = [{ listPrice: 333, quantity: 7, taxRate: 7, discount: 0 }];
  const unitPrice = (pricesIncludeTax: boolean) => {
    const answer = calculated({ pricesIncludeTax, positions, shipping: 0, shippingTax: 19 });
    return mapping.toCanonical(nativeOrder(answer, { digits: 2, pricesIncludeTax })).body["lines"];
  };
  expect(unitPrice(false)).toMatchObject([{ unitPrice: "3.33", netAmount: "23.31" }]);
  expect(unitPrice(true)).toMatchObject([{ unitPrice: "3.11215", netAmount: "21.79" }]);
});
