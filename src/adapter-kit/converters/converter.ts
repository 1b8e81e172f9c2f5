import type { Json, JsonObject } from "../contract.ts";

/** Translates one value both ways. Values that are absent never get here; returning undefined makes the value absent. */
export type ConverterPair = {
  /** @param scope The native record, or the item of a list, in which the value stands. Throws `Unconvertible`. */
  toCanonical(value: Json, scope: JsonObject): Json | undefined;
  /** Throws `Unconvertible`. */
  toNative(value: Json): Json | undefined;
};

/** A named pair of functions that mapping files refer to as `convert: name` or `convert: { name: { option: … } }`. */
export type Converter = {
  /** One line for the reference in docs/mapping.md. */
  title: string;
  /** Every option the mapping file may give, with what it accepts. */
  options: Record<string, string>;
  /** Called once per use, when the mapping is compiled. Throws `Unconvertible` for an option it cannot use. */
  create(options: JsonObject): ConverterPair;
};

/**
 * A pair that sees the whole record (or list item) instead of one value, for what converters and expressions cannot say.
 * An adapter exports them from `functions.ts` as `export const functions: MappingFunctions`.
 */
export type MappingFunction = {
  /** From the native scope to the canonical value; absent: the field is written only. */
  toCanonical?(native: JsonObject): Json | undefined;
  /** From the canonical scope to the native value, or to an array of values when `native` names several fields; absent: read only. */
  toNative?(body: JsonObject, held: JsonObject | undefined): Json | undefined;
};

export type MappingFunctions = Record<string, MappingFunction>;

/** Thrown by converters and mapping functions for a value they cannot translate; becomes a problem of that field. */
export class Unconvertible extends Error {
  /** In words, what would be accepted. */
  readonly accepts: string | undefined;

  /** @param text Continues a sentence that begins with field and value, e.g. `is no ISO 3166-1 country`. */
  constructor(text: string, accepts?: string) {
    super(text);
    this.name = "Unconvertible";
    this.accepts = accepts;
  }
}

/** The option as text, or undefined when the mapping does not give it. */
export function textOption(
  options: JsonObject,
  name: string,
  accepted?: readonly string[],
): string | undefined {
  const value = options[name];
  if (value === undefined) return undefined;
  if (typeof value !== "string" || (accepted !== undefined && !accepted.includes(value)))
    throw new Unconvertible(`option ${name} is ${JSON.stringify(value)}`, accepted?.join(", ") ?? "a text");
  return value;
}

/** The option as a whole number of at least 0, or undefined when the mapping does not give it. */
export function countOption(options: JsonObject, name: string): number | undefined {
  const value = options[name];
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0)
    throw new Unconvertible(`option ${name} is ${JSON.stringify(value)}`, "a whole number");
  return value;
}

/** The option as a map of texts, or an empty one when the mapping does not give it. */
export function textMapOption(options: JsonObject, name: string): Map<string, string> {
  const value = options[name];
  if (value === undefined) return new Map();
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Unconvertible(`option ${name} is ${JSON.stringify(value)}`, "a map of texts");
  return new Map(Object.entries(value).map(([key, text]) => [key, scalarText(text)]));
}

/** Text of a scalar; refuses lists and objects, which no text converter can mean. */
export function scalarText(value: Json): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new Unconvertible("is no single value", "a text or a number");
}

const REMEMBERED = 10_000;

/** Keeps the translations of codes, names and numbers that come again and again. */
export function remembered<V extends string | undefined>(translate: (text: string) => V): (value: Json) => V {
  const known = new Map<string, V>();
  return (value) => {
    const text = scalarText(value);
    const before = known.get(text);
    if (before !== undefined || known.has(text)) return before as V;
    const found = translate(text);
    if (known.size >= REMEMBERED) known.clear();
    known.set(text, found);
    return found;
  };
}
