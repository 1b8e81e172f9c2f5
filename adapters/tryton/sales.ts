import { add, compare, isDecimal, negate, sum } from "../../src/adapter-kit/canonical.ts";
import type { Json, JsonObject, Observation } from "../../src/adapter-kit/index.ts";
import type { Call } from "./client.ts";
import { invoicesToSales } from "./invoice-owners.ts";
import { ADDRESS_FIELDS, addressContent } from "./parties.ts";
import {
  fieldsOf,
  idOf,
  latestStamp,
  linked,
  linkedRows,
  lockTokenOf,
  names,
  plainText,
  present,
  type Row,
  rowsOf,
  text,
} from "./rows.ts";
import { type LineRules, type NativeLine, nativeLine, parseLineNote } from "./sale-lines.ts";
import {
  creditedAmounts,
  INVOICE_FIELDS,
  PAYMENT_FIELDS,
  type Settlement,
  settlementOf,
} from "./settlement.ts";
import { type Source, watchPart, watchRecord } from "./source.ts";

const STAMPS = ["create_date", "write_date", "_timestamp"];
const LINE_FIELDS = [
  ...names("type sequence quantity unit.symbol product product.type unit_price amount description note"),
  ...fieldsOf("taxes", ["rate", "type"]),
  ...fieldsOf("moves", ["state", "quantity", "uom.symbol", "planned_date", "effective_date"]),
  ...fieldsOf("invoice_lines", ["quantity", "invoice.state", "invoice.cancel_move.origin"]),
  ...STAMPS,
];
const FIELDS = [
  ...names("number reference state party sale_date shipping_date comment shipment_state invoice_state"),
  ...names(
    "untaxed_amount tax_amount total_amount currency.code currency.digits payment_term.name warehouse.code",
  ),
  ...STAMPS,
  ...fieldsOf("invoice_address", ADDRESS_FIELDS),
  ...fieldsOf("shipment_address", ADDRESS_FIELDS),
  ...fieldsOf("lines", LINE_FIELDS),
  ...fieldsOf("shipments", ["state", "planned_date", "create_date", "write_date"]),
  ...fieldsOf("invoices", [...INVOICE_FIELDS, ...PAYMENT_FIELDS]),
];

/** Orders are sales; what is shipped, invoiced and paid of them shows in other models only, which are watched too. */
export function saleSource(call: Call, rules: LineRules): Source {
  const fields = rules.hasBasePrice ? [...FIELDS, "lines.base_price"] : FIELDS;
  return {
    model: "sale.sale",
    // a draft that somebody is still typing has neither
    domain: [["OR", ["number", "!=", null], ["reference", "!=", null]]],
    localIds: (ids) => Promise.resolve(ids.map(String)),
    watched: [
      watchRecord("sale.sale"),
      watchPart("sale.line", "sale"),
      watchPart("stock.move", "sale", [["origin", "like", "sale.line,%"]]),
      {
        model: "account.invoice",
        domain: [["type", "=", "out"]],
        fields: ["sales"],
        owners: (rows, signal) => invoicesToSales(call, rows, signal),
      },
    ],
    async read(localIds, signal) {
      if (localIds.length === 0) return [];
      const params: Json[] = [[["id", "in", localIds.map(Number)]], 0, null, null, fields];
      const rows = rowsOf(
        await call("model.sale.sale.search_read", params, { context: { active_test: false }, signal }),
      );
      const credited = await creditedAmounts(call, rows, signal);
      return rows.map((row) => observeSale(row, credited.get(row.id) ?? [], rules));
    },
    async findByProbe(probeKeys, signal) {
      const domains: Json[] = probeKeys.map((key) => [["note", "like", `NAVE:${key}:%`]]);
      const params: Json[] = [["OR", ...domains], 0, null, null, ["note", "sale"]];
      const rows = rowsOf(await call("model.sale.line.search_read", params, { signal }));
      const found = new Map<string, { probeKey: string; localId: string }>();
      for (const row of rows) {
        const probeKey = parseLineNote(text(row, "note"))?.probeKey;
        const localId = plainText(row["sale"]);
        if (probeKey !== undefined) found.set(`${probeKey}/${localId}`, { probeKey, localId });
      }
      return [...found.values()];
    },
  };
}

function observeSale(row: Row, credits: readonly Row[], rules: LineRules): Observation {
  const lines = linkedRows(row, "lines");
  const invoices = linkedRows(row, "invoices");
  const payments = invoices.flatMap((invoice) => linkedRows(invoice, "payment_lines"));
  const modifiedAt = latestStamp([
    row,
    ...lines,
    ...linkedRows(row, "shipments"),
    ...invoices,
    ...payments,
    ...credits,
  ]);
  return {
    localId: String(row.id),
    native: nativeSale(row, credits, rules),
    ...(modifiedAt === undefined ? {} : { modifiedAt }),
    lockToken: lockTokenOf("sale.sale", [row], { "sale.line": lines }),
  };
}

function nativeSale(row: Row, credits: readonly Row[], rules: LineRules): JsonObject {
  const rowsHere = linkedRows(row, "lines").filter((line) => text(line, "type") === "line");
  const lines = rowsHere.map((line) => nativeLine(line, rules));
  const items = lines.filter((line) => line.kind === "item");
  const charges = lines.filter((line) => line.kind !== "item");
  const settlement = settlementOf(linkedRows(row, "invoices"), credits);
  const delivery = deliveryState(row, items);
  const invoicing = invoicingState(row, settlement);
  return present({
    id: row.id,
    number: text(row, "number"),
    reference: text(row, "reference"),
    state: isCalledOff(row) ? "cancelled" : text(row, "state"),
    party: plainText(row["party"]),
    sale_date: text(row, "sale_date"),
    shipping_date: text(row, "shipping_date"),
    planned_date: plannedDate(row),
    currency: text(linked(row, "currency"), "code"),
    currency_digits: idOf(linked(row, "currency"), "digits"),
    tax_rounding: rules.taxRounding,
    payment_term: text(linked(row, "payment_term"), "name"),
    warehouse: text(linked(row, "warehouse"), "code"),
    comment: text(row, "comment"),
    billing_address: addressOf(linked(row, "invoice_address")),
    delivery_address: addressOf(linked(row, "shipment_address")),
    lines: items.map(({ kind: _kind, ...line }) => line as JsonObject),
    charges: charges.map(nativeCharge),
    lines_amount: sumOf(items),
    charges_amount: sumOf(charges),
    untaxed_amount: text(row, "untaxed_amount"),
    tax_amount: text(row, "tax_amount"),
    total_amount: text(row, "total_amount"),
    delivery_state: delivery,
    invoicing_state: invoicing,
    payment_state: paymentState(settlement, invoicing),
    invoiced_amount: settlement.invoiced,
    credited_amount: settlement.credited,
    paid_amount: settlement.paid,
    probe_key: rowsHere
      .map((line) => parseLineNote(text(line, "note"))?.probeKey)
      .find((key) => key !== undefined),
  });
}

function nativeCharge({ id, key, kind, description, amount, tax_percent }: NativeLine): JsonObject {
  return present({ id, key, kind, description, amount, tax_percent });
}

/** Tryton calls an order done when all its shipments and invoices were cancelled on the way: it has no state for that. */
function isCalledOff(row: Row): boolean {
  const followers = [...linkedRows(row, "shipments"), ...linkedRows(row, "invoices")];
  return (
    text(row, "state") === "done" &&
    followers.length > 0 &&
    followers.every((follower) => text(follower, "state") === "cancelled")
  );
}

function deliveryState(row: Row, items: readonly NativeLine[]): string {
  const goods = items.filter((line) => line.stocked);
  const shipped = goods.filter((line) => compare(line.shipped_quantity, "0") > 0);
  if (shipped.length === 0) return "none";
  const whole = goods.every((line) => compare(line.shipped_quantity, line.quantity) >= 0);
  return whole || text(row, "shipment_state") === "sent" ? "shipped" : "partial";
}

function invoicingState(row: Row, { invoicedUntaxed }: Settlement): string {
  if (compare(invoicedUntaxed, "0") === 0) return "none";
  return compare(invoicedUntaxed, text(row, "untaxed_amount") ?? "0") >= 0 ? "invoiced" : "partial";
}

/** Paid when all of it is invoiced and what was not taken back has been paid. */
function paymentState({ invoiced, credited, paid }: Settlement, invoicing: string): string {
  if (compare(paid, "0") <= 0) return "none";
  const due = add(invoiced, negate(credited));
  return invoicing === "invoiced" && compare(paid, due) >= 0 ? "paid" : "partial";
}

/** The day by which the last open shipment is planned to leave. */
function plannedDate(row: Row): string | undefined {
  const open = linkedRows(row, "shipments").filter((shipment) => text(shipment, "state") !== "cancelled");
  return open
    .map((shipment) => text(shipment, "planned_date"))
    .filter((date) => date !== undefined)
    .sort()
    .at(-1);
}

function addressOf(row: Row | undefined): JsonObject | undefined {
  return row === undefined ? undefined : { id: row.id, ...addressContent(row) };
}

function sumOf(lines: readonly NativeLine[]): string {
  return sum(lines.map((line) => line.amount).filter(isDecimal));
}
