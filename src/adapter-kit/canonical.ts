/** What an adapter needs of the canonical model: exact amounts, totals, codes and phone numbers. */
export { countryCode, isCountry, isCurrency, isLanguage, isUnit } from "../canonical/codes.ts";
export {
  add,
  compare,
  equal,
  isDecimal,
  multiply,
  negate,
  percentOf,
  type RoundingMode,
  round,
  significantDecimals,
  subtract,
  sum,
} from "../canonical/decimal.ts";
export { toE164 } from "../canonical/phone.ts";
export {
  computeTotals,
  type LineAmount,
  lineNetAmount,
  type PricedLine,
  type Rounding,
  type TaxedAmount,
  type Totals,
} from "../canonical/totals.ts";
/** The body of every canonical type, by the name of the type: `CanonicalBodies["order"]`. */
export type { CanonicalBodies } from "../canonical/types.generated.ts";
