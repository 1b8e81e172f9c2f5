import {
  isDecimal,
  multiply,
  type RoundingMode,
  round,
  significantDecimals,
} from "../../canonical/decimal.ts";
import type { Json, JsonObject } from "../contract.ts";
import { type Converter, countOption, scalarText, textOption, Unconvertible } from "./converter.ts";

const FORMS = ["number", "text", "minor"] as const;
const MODES = ["half-up", "half-even"] as const;

/** Native numbers, texts or minor units (cents) <-> exact decimal texts. */
export const decimal: Converter = {
  title: "a native number, text or amount in minor units ↔ a decimal text",
  options: {
    native: "number, text (default) or minor (whole cents): what is written; any of number and text is read",
    digits:
      "decimals of the canonical text, padded with zeros; for minor also of the minor unit (default 2 there)",
    round: "half-up or half-even: round to `digits` both ways; without it, what does not fit is a problem",
    point: "decimal mark in native texts, default `.`",
    group: "mark between thousands in native texts, dropped when read",
  },
  create(options) {
    const form = textOption(options, "native", FORMS) ?? "text";
    const scale = decimalScale(options, form === "minor" ? 2 : undefined);
    const spelling = decimalSpelling(options);
    if (form === "minor") return minorUnits(scale);
    return {
      toCanonical: (value) => scale.fit(spelling.read(value)),
      toNative(value) {
        const text = scale.fit(exactText(value));
        return form === "number" ? safeNumber(text) : spelling.write(text);
      },
    };
  },
};

/** A native fraction (0.15) <-> canonical percent ("15"). */
export const percentFraction: Converter = {
  title: "a native fraction (0.15) ↔ a percentage (`15`)",
  options: { native: "number (default) or text: what is written" },
  create(options) {
    const form = textOption(options, "native", ["number", "text"]) ?? "number";
    return {
      toCanonical: (value) => plain(multiply(exactText(value), "100")),
      toNative(value) {
        const fraction = plain(multiply(exactText(value), "0.01"));
        return form === "number" ? safeNumber(fraction) : fraction;
      },
    };
  },
};

/** Whole numbers of a system <-> texts, for keys and local ids. */
export const integerText: Converter = {
  title: "a native whole number ↔ a text, for keys and local ids",
  options: {},
  create: () => ({
    toCanonical(value) {
      if (!Number.isSafeInteger(Number(value)) || !/^-?\d+$/.test(scalarText(value)))
        throw new Unconvertible("is no whole number");
      return scalarText(value);
    },
    toNative(value) {
      if (!/^-?\d+$/.test(scalarText(value)) || !Number.isSafeInteger(Number(value)))
        throw new Unconvertible("is no whole number");
      return Number(value);
    },
  }),
};

/** Texts of a system <-> canonical numbers (the few that are no decimals, such as digits or days). */
export const number: Converter = {
  title: "a native text or number ↔ a canonical number (counts and days, never amounts)",
  options: { native: "number (default) or text: what is written" },
  create(options) {
    const form = textOption(options, "native", ["number", "text"]) ?? "number";
    return {
      toCanonical: (value) => safeNumber(exactText(value)),
      toNative: (value) => (form === "text" ? exactText(value) : safeNumber(exactText(value))),
    };
  },
};

/** The decimal text of a number or text in plain or exponent notation; no plus sign, no needless zeros in front, no -0. */
function exactText(value: Json): string {
  if (typeof value === "string" && /^[1-9]/.test(value) && isDecimal(value)) return value;
  const text = scalarText(value).trim();
  if (typeof value === "number" && /e/.test(text)) return withoutExponent(text);
  const tidy = text
    .replace(/^\+/, "")
    .replace(/^(-?)\./, "$10.")
    .replace(/^(-?)0+(?=\d)/, "$1")
    .replace(/^-(?=0(\.0*)?$)/, "");
  if (isDecimal(tidy)) return tidy;
  throw new Unconvertible("is no decimal number", "digits with at most one decimal point");
}

/** JavaScript writes 1e21 and 1e-7 for numbers far from one. */
function withoutExponent(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return (
    sign +
    (point >= digits.length ? digits.padEnd(point, "0") : `${digits.slice(0, point)}.${digits.slice(point)}`)
  );
}

type Scale = { digits: number; fit(text: string): string };

function decimalScale(options: JsonObject, fallback: number | undefined): Scale {
  const digits = countOption(options, "digits") ?? fallback ?? 0;
  const mode = textOption(options, "round", MODES) as RoundingMode | undefined;
  const isLimit = options["digits"] !== undefined || fallback !== undefined;
  return {
    digits,
    fit(text) {
      if (significantDecimals(text) <= digits) return withDecimals(text, digits);
      if (mode !== undefined) return round(text, digits, mode);
      if (isLimit) throw new Unconvertible(`has more than ${digits} decimals`, `at most ${digits} decimals`);
      return plain(text);
    },
  };
}

/** Zeros added to or taken from the end; the text has no more significant decimals than asked for. */
function withDecimals(text: string, digits: number): string {
  const point = text.indexOf(".");
  const decimals = point < 0 ? 0 : text.length - point - 1;
  if (decimals === digits) return text;
  if (decimals > digits) return text.slice(0, digits === 0 ? point : point + 1 + digits);
  return (point < 0 ? `${text}.` : text) + "0".repeat(digits - decimals);
}

/** Without zeros at the end that mean nothing. */
function plain(text: string): string {
  return withDecimals(text, significantDecimals(text));
}

function minorUnits(scale: Scale): ReturnType<Converter["create"]> {
  const factor = `1${"0".repeat(scale.digits)}`;
  const part = round(
    scale.digits === 0 ? "1" : `0.${"1".padStart(scale.digits, "0")}`,
    scale.digits,
    "half-up",
  );
  return {
    toCanonical(value) {
      const units = exactText(value);
      if (significantDecimals(units) > 0) throw new Unconvertible("is no whole number of minor units");
      return scale.fit(multiply(units, part));
    },
    toNative: (value) => safeNumber(plain(multiply(scale.fit(exactText(value)), factor))),
  };
}

function decimalSpelling(options: JsonObject): { read(value: Json): string; write(text: string): string } {
  const point = textOption(options, "point") ?? ".";
  const group = textOption(options, "group");
  if (point === "." && group === undefined) return { read: exactText, write: (text) => text };
  return {
    read(value) {
      if (typeof value !== "string") return exactText(value);
      const ungrouped = group === undefined ? value : value.replaceAll(group, "");
      return exactText(ungrouped.replace(point, "."));
    },
    write: (text) => text.replace(".", point),
  };
}

/** A JavaScript number that says exactly the same; refuses digits that a double cannot hold. */
function safeNumber(text: string): number {
  const value = Number(text);
  const said = exactText(value);
  if (plain(said) !== plain(text))
    throw new Unconvertible("has more digits than a number can hold", "at most 15 digits");
  return value === 0 ? 0 : value;
}
