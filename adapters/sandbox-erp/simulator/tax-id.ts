import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import { refuse } from "../../../src/adapter-kit/simulation/index.ts";

/** Forms of VAT numbers by their country prefix; other countries' tax numbers are taken as they are. */
const FORMS: Readonly<Record<string, RegExp>> = {
  AT: /^ATU\d{8}$/,
  BE: /^BE[01]\d{9}$/,
  DE: /^DE\d{9}$/,
  DK: /^DK\d{8}$/,
  ES: /^ES[A-Z0-9]\d{7}[A-Z0-9]$/,
  FR: /^FR[A-Z0-9]{2}\d{9}$/,
  IT: /^IT\d{11}$/,
  NL: /^NL\d{9}B\d{2}$/,
  PL: /^PL\d{10}$/,
  SE: /^SE\d{12}$/,
};

/** Refuses a customer whose VAT number has not the form of its country, as an ERP does that files tax returns with it. */
export function checkTaxId(native: JsonObject): void {
  const taxId = native["TaxId"];
  if (typeof taxId !== "string") return;
  const prefix = taxId.slice(0, 2);
  const form = FORMS[prefix];
  if (form && !form.test(taxId))
    refuse(`TaxId is no VAT number of ${prefix}`, "TaxId", taxId, form.source.slice(1, -1));
}
