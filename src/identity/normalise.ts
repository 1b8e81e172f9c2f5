import type { Normaliser } from "../config/types.ts";

const LEGAL_FORMS =
  /\b(gmbh|mbh|ag|kg|ohg|ug|se|inc|incorporated|corp|corporation|co|company|ltd|limited|llc|plc|lp|llp|sa|sarl|sas|srl|spa|sl|bv|nv|ab|as|oy|oyj|aps|pty|kk|sp|zoo)\b/g;

const NORMALISERS: Record<Normaliser, (text: string) => string> = {
  lower: (text) => text.toLowerCase(),
  unaccent: (text) => text.normalize("NFD").replace(/\p{Mn}/gu, ""),
  "letters-and-digits": (text) => text.replace(/[^\p{L}\p{N}]/gu, ""),
  digits: (text) => text.replace(/\D/g, ""),
  "company-name": (text) =>
    text.toLowerCase().replace(/[.&]/g, " ").replace(LEGAL_FORMS, " ").replace(/\s+/g, " ").trim(),
  "first-line": (text) => text.split(/\r?\n/)[0] ?? "",
};

/** Makes different spellings of one value alike; the steps are applied in order. */
export function normalise(text: string, steps: readonly Normaliser[]): string {
  return steps.reduce((value, step) => NORMALISERS[step](value), text.normalize("NFC").trim());
}
