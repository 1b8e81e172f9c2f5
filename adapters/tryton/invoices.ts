import { compare, negate, sum } from "../../src/adapter-kit/canonical.ts";
import type { Json, JsonObject, Observation } from "../../src/adapter-kit/index.ts";
import type { Call } from "./client.ts";
import { creditedInvoices } from "./invoice-owners.ts";
import { ADDRESS_FIELDS, addressContent } from "./parties.ts";
import {
  fieldsOf,
  idOf,
  idsOf,
  latestStamp,
  linked,
  linkedRows,
  names,
  plainText,
  present,
  quantity,
  type Row,
  rowsOf,
  text,
} from "./rows.ts";
import { kindOf, type LineRules, parseLineNote, taxPercent } from "./sale-lines.ts";
import { isForeign, paidAmount } from "./settlement.ts";
import { type Source, watchRecord } from "./source.ts";

const FIELDS = [
  ...names("number state party invoice_date untaxed_amount tax_amount total_amount sales comment"),
  ...names(
    "currency currency.code currency.digits company.currency payment_term.name create_date write_date",
  ),
  ...fieldsOf("invoice_address", ADDRESS_FIELDS),
  ...fieldsOf("lines", names("type product quantity unit.symbol unit_price amount description note")),
  ...fieldsOf("lines.taxes", ["rate", "type"]),
  ...fieldsOf("lines_to_pay", ["maturity_date"]),
  ...fieldsOf("payment_lines", ["debit", "credit", "amount_second_currency", "create_date", "write_date"]),
];

/** Outgoing invoices that have a number, which they get when posted. A credit note is one with a negative total. */
export function invoiceSource(call: Call, rules: LineRules): Source {
  const domain: Json[] = [
    ["type", "=", "out"],
    ["number", "!=", null],
  ];
  return {
    model: "account.invoice",
    domain,
    localIds: (ids) => Promise.resolve(ids.map(String)),
    watched: [watchRecord("account.invoice", domain)],
    async read(localIds, signal) {
      if (localIds.length === 0) return [];
      const params: Json[] = [[["id", "in", localIds.map(Number)], ...domain], 0, null, null, FIELDS];
      const rows = rowsOf(await call("model.account.invoice.search_read", params, { signal }));
      const corrected = await creditedInvoices(
        call,
        rows.filter(isCreditNote).map((row) => row.id),
        signal,
      );
      const originals = await readSales(call, [...corrected.values()], signal);
      return rows.map((row) => {
        const original = corrected.get(row.id);
        const [sale] = [...idsOf(row, "sales"), ...(originals.get(original ?? 0) ?? [])];
        return observeInvoice(row, { sale, original }, rules);
      });
    },
  };
}

async function readSales(
  call: Call,
  invoices: readonly number[],
  signal: AbortSignal,
): Promise<Map<number, number[]>> {
  if (invoices.length === 0) return new Map();
  const rows = rowsOf(
    await call("model.account.invoice.read", [[...new Set(invoices)], ["sales"]], { signal }),
  );
  return new Map(rows.map((row) => [row.id, idsOf(row, "sales")]));
}

function isCreditNote(row: Row): boolean {
  return compare(text(row, "untaxed_amount") ?? "0", "0") < 0;
}

type Links = { sale: number | undefined; original: number | undefined };

function observeInvoice(row: Row, links: Links, rules: LineRules): Observation {
  const payments = linkedRows(row, "payment_lines");
  const modifiedAt = latestStamp([row, ...payments]);
  return {
    localId: String(row.id),
    native: nativeInvoice(row, links, rules),
    ...(modifiedAt === undefined ? {} : { modifiedAt }),
  };
}

/** Amounts and quantities of credit notes, which are negative in Tryton, are turned: what is taken back is positive. */
function nativeInvoice(row: Row, { sale, original }: Links, rules: LineRules): JsonObject {
  const isCredit = isCreditNote(row);
  const turned = (amount: string | undefined) => (isCredit && amount !== undefined ? negate(amount) : amount);
  const lines = linkedRows(row, "lines").filter((line) => text(line, "type") === "line");
  const natives = lines.map((line) => nativeInvoiceLine(line, turned, rules));
  const items = natives.filter((line) => line["kind"] === "item");
  const charges = natives.filter((line) => line["kind"] !== "item");
  const address = linked(row, "invoice_address");
  return present({
    id: row.id,
    number: text(row, "number"),
    kind: isCredit ? "credit-note" : "invoice",
    state: text(row, "state"),
    party: plainText(row["party"]),
    sale: sale === undefined ? undefined : String(sale),
    corrects: original === undefined ? undefined : String(original),
    invoice_date: text(row, "invoice_date"),
    due_date: linkedRows(row, "lines_to_pay")
      .map((line) => text(line, "maturity_date"))
      .filter((date) => date !== undefined)
      .sort()
      .at(-1),
    currency: text(linked(row, "currency"), "code"),
    currency_digits: idOf(linked(row, "currency"), "digits"),
    tax_rounding: rules.taxRounding,
    payment_term: text(linked(row, "payment_term"), "name"),
    comment: text(row, "comment"),
    billing_address: address === undefined ? undefined : addressContent(address),
    lines: items.map(({ kind: _kind, ...line }) => line),
    charges: charges.map(
      ({ product: _product, quantity: _quantity, unit: _unit, unit_price: _price, ...charge }) => charge,
    ),
    lines_amount: sumOf(items),
    charges_amount: sumOf(charges),
    untaxed_amount: turned(text(row, "untaxed_amount")),
    tax_amount: turned(text(row, "tax_amount")),
    total_amount: turned(text(row, "total_amount")),
    paid_amount: turned(
      sum(linkedRows(row, "payment_lines").map((line) => paidAmount(line, isForeign(row)))),
    ),
  });
}

function nativeInvoiceLine(
  line: Row,
  turned: (amount: string | undefined) => string | undefined,
  rules: LineRules,
): JsonObject {
  const noted = parseLineNote(text(line, "note"));
  const product = idOf(line, "product");
  const amount = turned(text(line, "amount")) ?? "0";
  return present({
    id: line.id,
    key: String(line.id),
    kind: noted?.kind ?? kindOf(product, amount, rules),
    order_line: noted?.key,
    product: product === undefined ? undefined : String(product),
    description: text(line, "description"),
    quantity: turned(quantity(line, "quantity")),
    unit: text(linked(line, "unit"), "symbol"),
    unit_price: text(line, "unit_price"),
    amount,
    tax_percent: taxPercent(line),
  });
}

function sumOf(lines: readonly JsonObject[]): string {
  return sum(lines.map((line) => plainText(line["amount"])));
}
