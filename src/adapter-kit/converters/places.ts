import { countryCode, isLanguage, isUnit } from "../../canonical/codes.ts";
import { UNITS } from "../../canonical/units.ts";
import { type Converter, remembered, textMapOption, textOption, Unconvertible } from "./converter.ts";
import { ALPHA3_BY_ALPHA2, COUNTRY_ALIASES } from "./country-codes.ts";

const ALPHA2_BY_ALPHA3 = new Map([...ALPHA3_BY_ALPHA2].map(([alpha2, alpha3]) => [alpha3, alpha2]));

/** Country names and codes <-> ISO 3166-1 alpha-2. */
export const country: Converter = {
  title: "a country by name, alpha-3 or alpha-2 ↔ ISO 3166-1 alpha-2",
  options: {
    native: "alpha-2 (default), alpha-3 or name: what is written; all of them are read",
    language: "of the names, default en; English names are always read",
  },
  create(options) {
    const form = textOption(options, "native", ["alpha-2", "alpha-3", "name"]) ?? "alpha-2";
    const names = countryNames(textOption(options, "language") ?? "en");
    const byName = new Map([...ALPHA3_BY_ALPHA2.keys()].map((code) => [names.of(code)?.toLowerCase(), code]));
    return {
      toCanonical: remembered((text) => {
        const asked = text.trim();
        const found =
          ALPHA2_BY_ALPHA3.get(asked.toUpperCase()) ??
          COUNTRY_ALIASES.get(asked.toLowerCase()) ??
          countryCode(asked) ??
          byName.get(asked.toLowerCase());
        if (found === undefined)
          throw new Unconvertible(
            "is no ISO 3166-1 country",
            "a code such as DE or DEU, or a name such as Germany",
          );
        return found;
      }),
      toNative: remembered((code) => {
        const alpha3 = ALPHA3_BY_ALPHA2.get(code);
        if (alpha3 === undefined)
          throw new Unconvertible("is no ISO 3166-1 country", "two letters such as DE");
        if (form === "name") return names.of(code) ?? code;
        return form === "alpha-3" ? alpha3 : code;
      }),
    };
  },
};

function countryNames(language: string): Intl.DisplayNames {
  try {
    return new Intl.DisplayNames(language, { type: "region" });
  } catch {
    throw new Unconvertible(`language "${language}" is unknown`, "a language tag such as de");
  }
}

/** Locales, codes and English names <-> ISO 639 languages. */
export const language: Converter = {
  title: "a locale, code or English name of a language ↔ ISO 639",
  options: {
    native: "code (default), upper (DE) or name (German): what is written; all of them and locales are read",
    locales: "map from ISO 639 code to the locale to write, such as { de: de_DE }",
  },
  create(options) {
    const form = textOption(options, "native", ["code", "upper", "name"]) ?? "code";
    const locales = textMapOption(options, "locales");
    return {
      toCanonical: remembered((text) => {
        const asked = text.trim();
        const code =
          languageByName().get(asked.toLowerCase()) ?? asked.split(/[-_.@]/, 1)[0]?.toLowerCase() ?? "";
        if (!isLanguage(code))
          throw new Unconvertible("is no ISO 639 language", "a code such as de, or a locale such as de_DE");
        return code;
      }),
      toNative: remembered((code) => {
        const locale = locales.get(code);
        if (locale !== undefined) return locale;
        if (form === "name") return languageNames.of(code) ?? code;
        return form === "upper" ? code.toUpperCase() : code;
      }),
    };
  },
};

const languageNames = new Intl.DisplayNames("en", { type: "language" });
let namedLanguages: Map<string, string> | undefined;

/** All two-letter languages by their English name. */
function languageByName(): Map<string, string> {
  if (namedLanguages) return namedLanguages;
  namedLanguages = new Map();
  const letters = "abcdefghijklmnopqrstuvwxyz";
  for (const first of letters) {
    for (const second of letters) {
      const code = first + second;
      if (isLanguage(code)) namedLanguages.set((languageNames.of(code) ?? code).toLowerCase(), code);
    }
  }
  return namedLanguages;
}

const UNIT_ALIASES = new Map(
  Object.entries({
    C62: "unit units one pcs pc piece pieces stk stück stueck st. each-unit u",
    EA: "each ea",
    KGM: "kg kilogram kilogramme kilo",
    GRM: "g gram gramme",
    TNE: "t tonne ton",
    LTR: "l liter litre",
    MLT: "ml milliliter millilitre",
    MTR: "m meter metre",
    CMT: "cm centimeter centimetre",
    MMT: "mm millimeter millimetre",
    MTK: "m² m2 sqm",
    MTQ: "m³ m3 cbm",
    HUR: "h hour hours std stunde",
    MIN: "min minute minutes",
    DAY: "d day days tag",
    MON: "month months monat",
    DZN: "dozen dz",
    SET: "set sets",
    PR: "pair pairs paar",
    BX: "box",
    CT: "carton karton",
    PK: "pack package",
  }).flatMap(([code, names]) => names.split(" ").map((name) => [name, code] as const)),
);

/** Names and symbols of units <-> UN/ECE Rec 20. */
export const unit: Converter = {
  title: "a unit by name, symbol or code ↔ UN/ECE Rec 20",
  options: { names: "map from the system's own names to codes, such as { Unit: C62 }; used both ways" },
  create(options) {
    const names = textMapOption(options, "names");
    for (const code of names.values())
      if (!isUnit(code)) throw new Unconvertible(`option names has "${code}"`, "UN/ECE Rec 20 codes");
    const byCode = new Map([...names].toReversed().map(([name, code]) => [code, name]));
    return {
      toCanonical: remembered((text) => {
        const asked = text.trim();
        const code = names.get(asked) ?? (UNITS.has(asked) ? asked : UNIT_ALIASES.get(asked.toLowerCase()));
        if (code === undefined)
          throw new Unconvertible(
            "is no known unit",
            "a UN/ECE Rec 20 code such as C62, or a name such as kg",
          );
        return code;
      }),
      toNative: remembered((code) => {
        if (names.size === 0) return code;
        const name = byCode.get(code);
        if (name === undefined)
          throw new Unconvertible("is no unit of the system", [...byCode.keys()].join(", "));
        return name;
      }),
    };
  },
};
