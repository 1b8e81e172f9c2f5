/**
 * Money in Vendure is a whole number of its smallest unit: an amount times 10 to the power of the shop's
 * `moneyStrategyPrecision`, whatever the currency. All arithmetic here is on whole numbers.
 */

/** `1234` with two digits is `12.34`. */
export function toDecimal(units: number | bigint, digits: number): string {
  const value = BigInt(units);
  if (digits === 0) return value.toString();
  const text = (value < 0n ? -value : value).toString().padStart(digits + 1, "0");
  return `${value < 0n ? "-" : ""}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** The decimal's whole number of smallest units; undefined when the text is no decimal or has more digits than fit. */
export function toUnits(decimal: string, digits: number): bigint | undefined {
  const found = /^(-?)(\d{1,18})(?:\.(\d*?)0*)?$/.exec(decimal);
  if (found === null) return undefined;
  const [, sign, whole = "", fraction = ""] = found;
  if (fraction.length > digits) return undefined;
  const units = BigInt(whole + fraction.padEnd(digits, "0"));
  return sign === "-" ? -units : units;
}

/** Quotient rounded half away from zero, as commerce does and `Math.round` does for what is not negative. */
export function divideRounded(dividend: bigint, divisor: bigint): bigint {
  const negative = dividend < 0n !== divisor < 0n;
  const size = dividend < 0n ? -dividend : dividend;
  const by = divisor < 0n ? -divisor : divisor;
  const quotient = (2n * size + by) / (2n * by);
  return negative ? -quotient : quotient;
}

const PERCENT_DIGITS = 6;
const WHOLE = 100n * 10n ** BigInt(PERCENT_DIGITS);

/** Vendure's tax rates are floating numbers; this is what was typed in. */
export function percentText(rate: number): string {
  return String(Number(rate.toFixed(PERCENT_DIGITS)));
}

/** A percentage in millionths: 19 percent is 19000000. */
export function scaledPercent(percent: string): bigint {
  return toUnits(percent, PERCENT_DIGITS) ?? 0n;
}

/** Tax on a net amount in smallest units, rounded half up. */
export function taxOn(net: bigint, percent: string): bigint {
  return divideRounded(net * scaledPercent(percent), WHOLE);
}

/** The price with tax for a net price, rounded half up. Its net price, rounded again, is the one given. */
export function grossOf(net: bigint, percent: string): bigint {
  return net + taxOn(net, percent);
}

export function netOf(gross: bigint, percent: string): bigint {
  return divideRounded(gross * WHOLE, WHOLE + scaledPercent(percent));
}
