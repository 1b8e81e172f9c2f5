import { toE164 } from "../../canonical/phone.ts";
import type { Json, JsonObject } from "../contract.ts";
import {
  type Converter,
  type ConverterPair,
  remembered,
  scalarText,
  textOption,
  Unconvertible,
} from "./converter.ts";
import { country } from "./places.ts";

const PHONE_OPTIONS = {
  country: "ISO 3166-1 code of the country whose numbers come without a prefix",
  countryFrom:
    "native field of the same record with the number's country, by name or code; wins over country",
};

/** A phone as given <-> { value, e164 }; used with `parts: [value, e164]`. */
export const phone: Converter = {
  title: "a phone as given ↔ `{ value, e164 }`, e164 only where it parses; needs `parts: [value, e164]`",
  options: PHONE_OPTIONS,
  create(options) {
    const parse = phoneParser(options);
    return {
      toCanonical(value, scope) {
        const given = scalarText(value);
        const e164 = parse(given, scope);
        return e164 === undefined ? { value: given } : { value: given, e164 };
      },
      toNative(value) {
        const given =
          typeof value === "object" && value !== null && !Array.isArray(value)
            ? (value["value"] ?? value["e164"])
            : value;
        return given;
      },
    };
  },
};

/** A phone as given <-> E.164, absent where it does not parse. */
export const e164: Converter = {
  title: "a phone as given → E.164, absent where it does not parse; written as E.164",
  options: PHONE_OPTIONS,
  create(options) {
    const parse = phoneParser(options);
    return { toCanonical: (value, scope) => parse(scalarText(value), scope), toNative: (value) => value };
  },
};

function phoneParser(options: JsonObject): (given: string, scope: JsonObject) => string | undefined {
  const fallback = textOption(options, "country");
  const from = textOption(options, "countryFrom");
  if (from === undefined) return remembered((given) => toE164(given, fallback));
  const countries = country.create({});
  return (given, scope) => toE164(given, countryOf(scope[from], countries) ?? fallback);
}

function countryOf(value: Json | undefined, countries: ConverterPair): string | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  try {
    return countries.toCanonical(value, {}) as string;
  } catch {
    // The country's own field reports it.
    return undefined;
  }
}

/** One text <-> { givenName, familyName }; used with `parts: [givenName, familyName]`. */
export const personName: Converter = {
  title: "one text ↔ `{ givenName, familyName }`; needs `parts: [givenName, familyName]`",
  options: {
    order:
      "given-first (default, `Jane Doe`: the last word is the family name) or family-first (`Doe, Jane`)",
  },
  create(options) {
    const isFamilyFirst = textOption(options, "order", ["given-first", "family-first"]) === "family-first";
    return {
      toCanonical(value) {
        const [givenName, familyName] = isFamilyFirst
          ? splitFamilyFirst(scalarText(value))
          : splitGivenFirst(scalarText(value));
        return { ...(givenName === "" ? {} : { givenName }), ...(familyName === "" ? {} : { familyName }) };
      },
      toNative(value) {
        if (typeof value !== "object" || value === null || Array.isArray(value))
          throw new Unconvertible("is no person's name");
        const names = [value["givenName"], value["familyName"]].map((name) =>
          name === undefined || name === null ? "" : scalarText(name),
        );
        return (
          (isFamilyFirst ? names.toReversed().filter(Boolean).join(", ") : names.filter(Boolean).join(" ")) ||
          undefined
        );
      },
    };
  },
};

/** Words that belong to the family name behind them. */
const PARTICLES = new Set([
  "van",
  "von",
  "de",
  "der",
  "den",
  "del",
  "della",
  "di",
  "da",
  "dos",
  "du",
  "la",
  "le",
  "ter",
  "ten",
  "zu",
  "zur",
]);

function splitGivenFirst(whole: string): [string, string] {
  const words = whole.trim().split(/\s+/);
  let at = words.length - 1;
  while (at > 1 && PARTICLES.has((words[at - 1] ?? "").toLowerCase())) at--;
  return [words.slice(0, at).join(" "), words.slice(at).join(" ")];
}

function splitFamilyFirst(whole: string): [string, string] {
  const comma = whole.indexOf(",");
  if (comma < 0) return ["", whole.trim()];
  return [whole.slice(comma + 1).trim(), whole.slice(0, comma).trim()];
}
