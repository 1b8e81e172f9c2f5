import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  parsePhoneNumberFromString,
} from "libphonenumber-js";

const MOST_KNOWN = 10_000;
const known = new Map<string, string | undefined>();

/**
 * The number in international form (`+49301234567`), when the text reads as a phone number of a plausible length.
 *
 * @param value    As it was given, in any notation.
 * @param country  ISO 3166-1 code of the country in which it would be dialled as it stands.
 */
export function toE164(value: string, country?: string): string | undefined {
  return read(value, country === undefined ? {} : { defaultCountry: country as CountryCode });
}

/**
 * Whether `e164` is what the text reads as, dialled where the number belongs. Asked by calling code and not by country,
 * because several share one (+1, +44, +7) and a number that is merely possible belongs to none of them.
 */
export function isE164Of(e164: string, value: string): boolean {
  return read(value, {}) === e164 || read(value, callingCodeOf(e164)) === e164;
}

const callingCodes = new Set<string>(getCountries().map((country) => getCountryCallingCode(country)));

/** Calling codes have one to three digits, and none is the beginning of another. */
function callingCodeOf(e164: string): Dialled {
  const codes = [2, 3, 4].map((end) => e164.slice(1, end));
  const defaultCallingCode = codes.find((code) => callingCodes.has(code));
  return defaultCallingCode === undefined ? {} : { defaultCallingCode };
}

type Dialled = { defaultCountry?: CountryCode; defaultCallingCode?: string };

/** Remembered, because the same numbers come by in every poll and merge, and parsing is the dearest part of a check. */
function read(value: string, dialled: Dialled): string | undefined {
  const asked = `${dialled.defaultCountry ?? dialled.defaultCallingCode ?? ""} ${value}`;
  const held = known.get(asked);
  if (held !== undefined || known.has(asked)) return held;
  const number = parsePhoneNumberFromString(value, { ...dialled, extract: false });
  const e164 = number?.isPossible() ? number.number : undefined;
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(asked, e164);
  return e164;
}
