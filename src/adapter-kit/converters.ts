import { boolean } from "./converters/booleans.ts";
import type { Converter } from "./converters/converter.ts";
import { decimal, integerText, number, percentFraction } from "./converters/numbers.ts";
import { e164, personName, phone } from "./converters/people.ts";
import { country, language, unit } from "./converters/places.ts";
import { join, letterCase, lines, list, lower, text, trim, upper } from "./converters/texts.ts";
import { date, instant } from "./converters/times.ts";

export {
  type Converter,
  type ConverterPair,
  type MappingFunction,
  type MappingFunctions,
  Unconvertible,
} from "./converters/converter.ts";

/** The converters that mapping files may name; docs/mapping.md lists them with their options. */
export const CONVERTERS: Readonly<Record<string, Converter>> = Object.freeze({
  __proto__: null,
  decimal,
  "percent-fraction": percentFraction,
  number,
  "integer-text": integerText,
  text,
  trim,
  upper,
  lower,
  case: letterCase,
  lines,
  join,
  list,
  boolean,
  date,
  instant,
  country,
  language,
  unit,
  phone,
  e164,
  "person-name": personName,
} as unknown as Record<string, Converter>);
