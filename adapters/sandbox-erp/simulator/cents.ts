import type { Json } from "../../../src/adapter-kit/contract.ts";
import { refuse } from "../../../src/adapter-kit/simulation/index.ts";

/** An amount such as `12.5` in hundredths, exactly; what is absent counts as nothing. */
export function toCents(value: Json | undefined, field: string): bigint {
  if (value === undefined) return 0n;
  const parts = /^(-?)(\d{1,18})(?:\.(\d{1,2})0*)?$/.exec(value as string);
  if (!parts) return refuse(`${field} is no amount with two digits`, field, value, "an amount such as 12.50");
  const [, sign, whole, digits = ""] = parts;
  const cents = BigInt(`${whole}${digits.padEnd(2, "0")}`);
  return sign === "-" ? -cents : cents;
}

export function fromCents(cents: bigint): string {
  const digits = `${cents < 0n ? -cents : cents}`.padStart(3, "0");
  return `${cents < 0n ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
