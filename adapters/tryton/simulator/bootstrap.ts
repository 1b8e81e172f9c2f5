import type { JsonObject } from "../../../src/adapter-kit/index.ts";
import type { Records } from "./records.ts";

const LONG_AGO = "2020-01-01T00:00:00.000000Z";

/** What every Tryton holds before the first customer, as far as the samples refer to it. */
export function bootstrap(records: Records): void {
  const create = (model: string, ...rows: JsonObject[]) =>
    rows.map((row) => records.create(model, row, LONG_AGO));
  const [company = 0] = create("company.company", {});
  const [, dollar = 0] = create("currency.currency", { code: "EUR", digits: 2 }, { code: "USD", digits: 2 });
  const [party = 0] = create("party.party", { name: "Simulated Company", code: "COMPANY" });
  records.write("company.company", company, { party, currency: dollar }, LONG_AGO);
  create("country.country", ...["DE", "FR", "US", "CH", "GB"].map((code) => ({ code, name: code })));
  create("ir.lang", { code: "en" }, { code: "de" });
  create(
    "ir.module",
    ...["sale", "sale_discount", "account_credit_limit"].map((name) => ({ name, state: "activated" })),
  );
  const [unit = 0] = create(
    "product.uom",
    { symbol: "u", name: "Unit", digits: 0 },
    { symbol: "kg", name: "Kilogram", digits: 2 },
  );
  create("account.invoice.payment_term", { name: "30 days" }, { name: "14 days" });
  create("stock.location", { type: "warehouse", code: "WH", name: "Warehouse" });
  create("account.tax", { name: "VAT 19%", type: "percentage", rate: "0.19" });
  const [category = 0] = create("product.category", { name: "Goods", accounting: true });
  create("product.template", {
    name: "Freight",
    code: "FREIGHT",
    type: "service",
    list_price: "0",
    salable: true,
    default_uom: unit,
    sale_uom: unit,
    account_category: category,
    products: [["create", [{}]]],
  });
}
