import { type Json, NaveError } from "../../src/adapter-kit/index.ts";
import type { Call, Client } from "./client.ts";
import type { Directory } from "./directory.ts";
import { invoiceSource } from "./invoices.ts";
import { partySource } from "./parties.ts";
import { partySink } from "./party-sink.ts";
import { paymentSource } from "./payments.ts";
import { productSink } from "./product-sink.ts";
import { productSource } from "./products.ts";
import { idOf, linked, plainText, rowsOf, text } from "./rows.ts";
import type { ChargeProduct } from "./sale-line-values.ts";
import type { LineRules } from "./sale-lines.ts";
import { saleSink } from "./sale-sink.ts";
import { saleSource } from "./sales.ts";
import type { Settings } from "./settings.ts";
import { shipmentSource } from "./shipments.ts";
import type { Entity } from "./source.ts";
import { stockLevelSource } from "./stock-levels.ts";

/** Reads what the adapter needs to know of this Tryton and its company, and opens the entities with it. */
export async function openEntities(
  client: Client,
  directory: Directory,
  settings: Settings,
): Promise<Record<string, Entity>> {
  const { call } = client;
  const companies = rowsOf(
    await call("model.company.company.search_read", [[], 0, null, null, ["party", "currency.code"]]),
  );
  const { company } = await client.context();
  const currency = text(linked(companies.find((one) => one.id === company) ?? { id: 0 }, "currency"), "code");
  if (currency === undefined)
    throw new NaveError("NAVE_CONFIG_INVALID", "The Tryton user's company has no currency");
  const companyParties = companies.map((one) => idOf(one, "party")).filter((id) => id !== undefined);
  const hasCreditLimit = (await directory.modules()).has("account_credit_limit");
  const chargeProducts = await readChargeProducts(call, settings);
  const rules = await readLineRules(call, chargeProducts);
  return {
    customer: {
      source: partySource(call, companyParties, hasCreditLimit, currency),
      sink: partySink(call, directory, hasCreditLimit),
    },
    product: {
      source: productSource(
        call,
        currency,
        Object.values(chargeProducts).map((product) => product.id),
      ),
      sink: productSink(call, directory, { accountCategory: settings.accountCategory ?? "Goods", currency }),
    },
    order: {
      source: saleSource(call, rules),
      sink: saleSink(call, directory, { settings, rules, chargeProducts }),
    },
    shipment: { source: shipmentSource(call) },
    invoice: { source: invoiceSource(call, rules) },
    payment: { source: paymentSource(call) },
    "stock-level": { source: stockLevelSource(call, directory) },
  };
}

type ChargeProducts = Partial<Record<"freight" | "fee" | "discount", ChargeProduct>>;

/** A code that Tryton does not know is told when a charge needs it, not before: not every firm has charges. */
async function readChargeProducts(call: Call, settings: Settings): Promise<ChargeProducts> {
  const freight = settings.freightProduct ?? "FREIGHT";
  const fee = settings.feeProduct ?? freight;
  const domain: Json[] = [["code", "in", [freight, fee]]];
  const rows = rowsOf(
    await call("model.product.product.search_read", [
      domain,
      0,
      null,
      null,
      ["code", "template.default_uom"],
    ]),
  );
  const byCode = (code: string): ChargeProduct | undefined => {
    const row = rows.find((one) => text(one, "code") === code);
    const unit = row && idOf(linked(row, "template"), "default_uom");
    return row === undefined || unit === undefined ? undefined : { id: row.id, unit };
  };
  const products = { freight: byCode(freight), fee: byCode(fee), discount: byCode(fee) };
  return Object.fromEntries(
    Object.entries(products).filter(([, product]) => product !== undefined),
  ) as ChargeProducts;
}

async function readLineRules(call: Call, chargeProducts: ChargeProducts): Promise<LineRules> {
  const fields = (await call("model.sale.line.fields_get", [[]])) as Record<string, { digits?: Json }>;
  const [, priceDigits = 4] = JSON.parse(plainText(fields["unit_price"]?.digits ?? "[16,4]")) as number[];
  const [configuration] = rowsOf(await call("model.account.configuration.read", [[1], ["tax_rounding"]]));
  return {
    hasBasePrice: fields["base_price"] !== undefined,
    priceDigits,
    taxRounding: text(configuration, "tax_rounding") ?? "document",
    chargeProducts: Object.values(chargeProducts).map((product) => product.id),
    freightProduct: chargeProducts.freight?.id,
  };
}
