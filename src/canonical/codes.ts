import { UNITS } from "./units.ts";

/** Codes from public lists. What Node's own tables know is asked there; the rest is listed here. */

const COUNTRIES = new Set(
  (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ " +
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO " +
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE " +
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO " +
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW " +
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM " +
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
  ).split(" "),
);

/** ISO 3166-1 alpha-2, officially assigned. Listed, because Intl also names `UK`, `EU` and withdrawn codes. */
export function isCountry(code: string): boolean {
  return COUNTRIES.has(code);
}

const currencies = new Set(Intl.supportedValuesOf("currency"));

/** ISO 4217. */
export function isCurrency(code: string): boolean {
  return currencies.has(code);
}

const languageNames = new Intl.DisplayNames("en", { type: "language", fallback: "none" });
const languages = new Map<string, boolean>();

/** ISO 639, two letters, or three where there are no two. */
export function isLanguage(code: string): boolean {
  if (!/^[a-z]{2,3}$/.test(code)) return false;
  let known = languages.get(code);
  if (known === undefined) {
    known = languageNames.of(code) !== undefined;
    languages.set(code, known);
  }
  return known;
}

/** UN/ECE Recommendation 20, the codes that trade in goods and services uses (`units.ts`). */
export function isUnit(code: string): boolean {
  return UNITS.has(code);
}

/** What people write, where Intl has another name. */
const OTHER_NAMES = {
  uk: "GB",
  "great britain": "GB",
  england: "GB",
  usa: "US",
  "united states of america": "US",
  "czech republic": "CZ",
  turkey: "TR",
  holland: "NL",
  "hong kong": "HK",
  "russian federation": "RU",
};
const countryNames = new Map<string, string>();

/** The code of a country called by its English name, by its code in any case, or by a common other name (`UK`, `USA`). */
export function countryCode(name: string): string | undefined {
  const wanted = name.trim();
  const upper = wanted.toUpperCase();
  if (COUNTRIES.has(upper)) return upper;
  if (countryNames.size === 0) {
    const names = new Intl.DisplayNames("en", { type: "region" });
    for (const code of COUNTRIES) countryNames.set((names.of(code) ?? code).toLowerCase(), code);
    for (const [other, code] of Object.entries(OTHER_NAMES)) countryNames.set(other, code);
  }
  return countryNames.get(wanted.toLowerCase());
}
