import type { CustomTypesConfig } from "pg";
import { types } from "pg";

/** Type numbers (oids) whose values node-postgres would not give us as the contract in database.ts says. */
const INT8 = 20;
const DATE = 1082;
const TIMESTAMP = 1114;
const INTERVAL = 1186;
const INT8_ARRAY = 1016;
const DATE_ARRAY = 1182;
const TIMESTAMP_ARRAY = 1115;
const NUMERIC_ARRAY = 1231;
const TEXT_ARRAY = 1009;

type TextParser = (text: string) => unknown;
type GetParser = (type: number, format?: string) => TextParser;

/** Its typing knows the numbers of single types only, not those of arrays. */
const parserOf = types.getTypeParser as GetParser;
const parseTextArray = parserOf(TEXT_ARRAY, "text") as (text: string) => (string | null)[];

/** Parsers by type number; every other type keeps what node-postgres does with it. */
const PARSERS = new Map<number, TextParser>([
  [INT8, parseInt8],
  [INT8_ARRAY, (text) => parseTextArray(text).map((item) => (item === null ? null : parseInt8(item)))],
  [NUMERIC_ARRAY, parseTextArray],
  // A calendar day has no zone: a Date would shift it.
  [DATE, asText],
  [DATE_ARRAY, parseTextArray],
  [TIMESTAMP, asText],
  [TIMESTAMP_ARRAY, parseTextArray],
  [INTERVAL, asText],
]);

/** Both engines speak the wire protocol to node-postgres, so one table of parsers makes their values alike. */
export const valueParsers: CustomTypesConfig = {
  getTypeParser(type: number, format?: string) {
    const parser = format === "binary" ? undefined : PARSERS.get(type);
    return parser ?? parserOf(type, format);
  },
};

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 value ${text} is too large for a number`);
  return value;
}

function asText(text: string): string {
  return text;
}
