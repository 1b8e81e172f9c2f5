import type { JsonObject } from "../../src/adapter-kit/index.ts";
import { divideRounded, netOf, percentText, scaledPercent, taxOn, toDecimal } from "./money.ts";
import type { OrderAnswer } from "./native-order.ts";

/** What the amounts of an order depend on beside the order itself. */
export type Pricing = { digits: number; pricesIncludeTax: boolean };

type Line = OrderAnswer["lines"][number];

/** Of an order line, in smallest units; `unitPrice` with all the decimals it takes. */
export type LineAmounts = {
  quantity: number;
  unitPrice: string;
  discount: bigint;
  net: bigint;
  taxPercent: string;
};
type Charge = { key: string; kind: string; amount: bigint; taxPercent: string; description: string };
export type OrderAmounts = { lines: LineAmounts[]; charges: Charge[]; totals: JsonObject };

/**
 * An order's amounts without tax, so that they add up when net and tax of every line and charge are rounded half up.
 *
 * Vendure rounds each line once (exact unit price times quantity), spreads the discounts of the whole order over the lines,
 * and rounds price and price with tax independently: its tax may differ from the tax on its own net amounts by a cent a line.
 * The order keeps the gross amount that the customer paid; the difference stands as a charge `rounding` without tax.
 *
 * A cancelled order shows quantities of 0 in Vendure; here it keeps what was ordered, at list prices.
 */
export function amountsOf(order: OrderAnswer, pricing: Pricing): OrderAmounts {
  const cancelled = order.state === "Cancelled";
  const lines = order.lines.map((line) => lineAmounts(line, cancelled, pricing));
  const charges = [
    ...order.lines.flatMap((line, index) => markUp(line, lines[index])),
    ...order.shippingLines.map((line, index) => freight(line, index, order, cancelled)),
    ...order.surcharges.map(surcharge),
  ];
  const difference = cancelled ? 0n : BigInt(order.totalWithTax) - grossOfAll(lines, charges);
  if (difference !== 0n) {
    charges.push({
      key: "rounding",
      kind: "fee",
      amount: difference,
      taxPercent: "0",
      description: "Rounding difference of the shop",
    });
  }
  return { lines, charges, totals: totalsOf(lines, charges, pricing.digits) };
}

function lineAmounts(line: Line, cancelled: boolean, pricing: Pricing): LineAmounts {
  const quantity = cancelled ? line.orderPlacedQuantity : line.quantity;
  const full = cancelled ? undefined : BigInt(line.linePrice);
  const reduction = cancelled ? 0n : BigInt(line.linePrice - line.proratedLinePrice);
  const discount = reduction > 0n ? reduction : 0n;
  const unitPrice = exactUnitPrice(line, { quantity, full, discount }, pricing);
  const lineNet = full ?? lineAmount(unitPrice, quantity);
  return {
    quantity,
    unitPrice: printUnitPrice(unitPrice, pricing.digits),
    discount,
    net: lineNet - discount,
    taxPercent: percentText(line.taxRate),
  };
}

/** Decimals kept of a unit price beyond those of an amount. */
const EXTRA_DIGITS = 8;
const SCALE = 10n ** BigInt(EXTRA_DIGITS);

type Wanted = { quantity: number; full: bigint | undefined; discount: bigint };

/**
 * The unit price that gives the line's amount when multiplied and rounded, with the discount and without it, in 10^-8 of the
 * smallest unit. Where prices are kept with tax, Vendure calculates with a net price that it never shows: `unitPrice` is that
 * price rounded. A price that comes out at half a cent would be rounded up without the discount and down with it.
 */
function exactUnitPrice(line: Line, { quantity, full, discount }: Wanted, pricing: Pricing): bigint {
  const shown = BigInt(line.unitPrice) * SCALE;
  if (full === undefined) return pricing.pricesIncludeTax ? netUnitPrice(line) : shown;
  const derived = netUnitPrice(line);
  const candidates = pricing.pricesIncludeTax ? [derived, shown] : [shown, derived];
  if (quantity > 0) candidates.push(divideRounded(full * SCALE, BigInt(quantity)));
  const fits = (price: bigint) =>
    lineAmount(price, quantity) === full && lineAmount(price, quantity, discount) === full - discount;
  return candidates.find(fits) ?? shown;
}

function netUnitPrice({ unitPriceWithTax, taxRate }: Line): bigint {
  const rate = 100n * 1_000_000n + scaledPercent(percentText(taxRate));
  return divideRounded(BigInt(unitPriceWithTax) * 10_000n * 100n * 1_000_000n, rate) * (SCALE / 10_000n);
}

function lineAmount(price: bigint, quantity: number, discount = 0n): bigint {
  return divideRounded(price * BigInt(quantity) - discount * SCALE, SCALE);
}

function printUnitPrice(price: bigint, digits: number): string {
  const text = toDecimal(price, digits + EXTRA_DIGITS);
  const shortest = text.length - EXTRA_DIGITS;
  let end = text.length;
  while (end > shortest && text[end - 1] === "0") end -= 1;
  return text.slice(0, end).replace(/\.$/, "");
}

/** A promotion that makes a line dearer: no discount, so it stands beside the lines. */
function markUp(line: Line, amounts: LineAmounts | undefined): Charge[] {
  const amount = BigInt(line.proratedLinePrice - line.linePrice);
  if (amount <= 0n || amounts === undefined || amounts.discount > 0n || line.quantity === 0) return [];
  const { taxPercent } = amounts;
  return [
    { key: `adjustment-${line.id}`, kind: "fee", amount, taxPercent, description: line.productVariant.name },
  ];
}

function freight(
  line: OrderAnswer["shippingLines"][number],
  index: number,
  order: OrderAnswer,
  cancelled: boolean,
): Charge {
  return {
    key: index === 0 ? "freight" : `freight-${line.id}`,
    kind: "freight",
    amount: BigInt(Math.round(cancelled ? line.price : line.discountedPrice)),
    taxPercent: freightTax(line, order),
    description: line.shippingMethod.name,
  };
}

/** Vendure does not tell the rate of a shipping line: it is the one among the order's rates that leads to its price with tax. */
function freightTax(line: OrderAnswer["shippingLines"][number], order: OrderAnswer): string {
  const net = BigInt(Math.round(line.price));
  const gross = BigInt(line.priceWithTax);
  const rates = order.taxSummary.map(({ taxRate }) => percentText(taxRate));
  const fits = (rate: string) => net + taxOn(net, rate) === gross || netOf(gross, rate) === net;
  const found = [...rates.toReversed(), "0"].find(fits);
  if (found !== undefined || net === 0n) return found ?? "0";
  return toDecimal(divideRounded((gross - net) * 10_000n, net), 2);
}

function surcharge({ id, description, price, taxRate }: OrderAnswer["surcharges"][number]): Charge {
  const amount = BigInt(price);
  const kind = amount < 0n ? "discount" : "fee";
  return { key: `surcharge-${id}`, kind, amount, taxPercent: percentText(taxRate), description };
}

function grossOfAll(lines: readonly LineAmounts[], charges: readonly Charge[]): bigint {
  const { net, tax } = sums(lines, charges);
  return net + tax;
}

function sums(lines: readonly LineAmounts[], charges: readonly Charge[]) {
  const amounts = [...lines.map(({ net, taxPercent }) => ({ amount: net, taxPercent })), ...charges];
  return {
    lines: lines.reduce((sum, { net }) => sum + net, 0n),
    charges: charges.reduce((sum, { amount }) => sum + amount, 0n),
    net: amounts.reduce((sum, { amount }) => sum + amount, 0n),
    tax: amounts.reduce((sum, { amount, taxPercent }) => sum + taxOn(amount, taxPercent), 0n),
  };
}

function totalsOf(lines: readonly LineAmounts[], charges: readonly Charge[], digits: number): JsonObject {
  const { net, tax, ...parts } = sums(lines, charges);
  return {
    lines: toDecimal(parts.lines, digits),
    charges: toDecimal(parts.charges, digits),
    net: toDecimal(net, digits),
    tax: toDecimal(tax, digits),
    gross: toDecimal(net + tax, digits),
  };
}
