/**
 * Exact decimal arithmetic on strings. Home-made on BigInt in a hundred lines, because money needs only these operations
 * and the well-known libraries bring floating precision, global settings and notation of their own.
 *
 * A result has as many decimals as its operands need (`add`: the longer one's; `multiply`: both together); `round` fixes them.
 */
export type RoundingMode = "half-up" | "half-even";

const DECIMAL = /^-?[0-9]+(\.[0-9]+)?$/;

/** Parsed: `units` / 10^`scale`. */
type Parsed = { units: bigint; scale: number };

export function isDecimal(text: string): boolean {
  return text.length <= 64 && DECIMAL.test(text);
}

export function add(a: string, b: string): string {
  const [x, y, scale] = aligned(a, b);
  return print(x + y, scale);
}

export function sum(decimals: Iterable<string>): string {
  let total = "0";
  for (const decimal of decimals) total = add(total, decimal);
  return total;
}

export function subtract(a: string, b: string): string {
  const [x, y, scale] = aligned(a, b);
  return print(x - y, scale);
}

export function multiply(a: string, b: string): string {
  const x = parse(a);
  const y = parse(b);
  return print(x.units * y.units, x.scale + y.scale);
}

/** `percent` per cent of `base`, exactly. */
export function percentOf(base: string, percent: string): string {
  return multiply(multiply(base, percent), "0.01");
}

export function negate(a: string): string {
  const { units, scale } = parse(a);
  return print(-units, scale);
}

/** Negative: a is less; zero: the same number, however written. */
export function compare(a: string, b: string): -1 | 0 | 1 {
  const [x, y] = aligned(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}

export function equal(a: string, b: string): boolean {
  return a === b || compare(a, b) === 0;
}

/** To exactly `digits` decimals. `half-up` takes one half away from zero, `half-even` to the even neighbour. */
export function round(a: string, digits: number, mode: RoundingMode): string {
  const { units, scale } = parse(a);
  if (scale <= digits) return print(units * 10n ** BigInt(digits - scale), digits);
  const divisor = 10n ** BigInt(scale - digits);
  const size = units < 0n ? -units : units;
  const twiceRest = (size % divisor) * 2n;
  let whole = size / divisor;
  const isHalf = twiceRest === divisor;
  if (twiceRest > divisor || (isHalf && (mode === "half-up" || whole % 2n === 1n))) whole += 1n;
  return print(units < 0n ? -whole : whole, digits);
}

/** Number of decimals without trailing zeros: 1 for `10.50`. */
export function significantDecimals(a: string): number {
  const point = a.indexOf(".");
  if (point < 0) return 0;
  let end = a.length;
  while (a[end - 1] === "0") end -= 1;
  return Math.max(0, end - point - 1);
}

function parse(text: string): Parsed {
  if (!isDecimal(text)) throw new RangeError(`"${text.slice(0, 64)}" is no decimal number`);
  const point = text.indexOf(".");
  if (point < 0) return { units: BigInt(text), scale: 0 };
  return { units: BigInt(text.slice(0, point) + text.slice(point + 1)), scale: text.length - point - 1 };
}

function aligned(a: string, b: string): [bigint, bigint, number] {
  const x = parse(a);
  const y = parse(b);
  const scale = Math.max(x.scale, y.scale);
  return [x.units * 10n ** BigInt(scale - x.scale), y.units * 10n ** BigInt(scale - y.scale), scale];
}

function print(units: bigint, scale: number): string {
  if (scale === 0) return units.toString();
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${units < 0n ? "-" : ""}${digits.slice(0, point)}.${digits.slice(point)}`;
}
