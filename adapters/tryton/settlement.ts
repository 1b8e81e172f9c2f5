import { compare, equal, negate, subtract, sum } from "../../src/adapter-kit/canonical.ts";
import type { Json } from "../../src/adapter-kit/index.ts";
import type { Call } from "./client.ts";
import { fieldsOf, idOf, linked, linkedRows, names, type Row, referenceId, rowsOf, text } from "./rows.ts";

/** What settlements need to know of an invoice. */
export const INVOICE_FIELDS = names(
  "state cancel_move.origin total_amount untaxed_amount currency company.currency create_date write_date",
);
export const PAYMENT_FIELDS = fieldsOf(
  "payment_lines",
  names("debit credit amount_second_currency create_date write_date"),
);

/** Amounts of an order in its currency, taxes included unless the name says otherwise. */
export type Settlement = { invoiced: string; invoicedUntaxed: string; credited: string; paid: string };

/**
 * Whether an invoice counts. One that a credit note has settled wholly is called cancelled in Tryton and counts all the same:
 * its posting is then undone by the move of the credit note, and not by one of its own.
 */
export function isPosted(invoice: Row | undefined): boolean {
  const state = text(invoice, "state");
  if (state === "posted" || state === "paid") return true;
  const undoneBy = invoice && linked(invoice, "cancel_move");
  return (
    state === "cancelled" &&
    undoneBy !== undefined &&
    referenceId(undoneBy, "origin", "account.invoice") !== undefined
  );
}

/** A credit note is an outgoing invoice with a negative total, in Tryton as here. */
export function settlementOf(invoices: readonly Row[], credits: readonly Row[]): Settlement {
  const all = [...invoices, ...credits].filter(isPosted);
  const total = (field: string, counts: (amount: string) => boolean) =>
    sum(all.map((invoice) => text(invoice, field) ?? "0").filter(counts));
  return {
    invoiced: total("total_amount", (amount) => compare(amount, "0") > 0),
    invoicedUntaxed: total("untaxed_amount", (amount) => compare(amount, "0") > 0),
    credited: negate(total("total_amount", (amount) => compare(amount, "0") < 0)),
    paid: sum(
      all.flatMap((invoice) =>
        linkedRows(invoice, "payment_lines").map((line) => paidAmount(line, isForeign(invoice))),
      ),
    ),
  };
}

/** What a payment line pays, in the invoice's currency: account lines are kept in the company's. Negative for a refund. */
export function paidAmount(line: Row, foreign: boolean): string {
  const second = text(line, "amount_second_currency");
  if (foreign && second !== undefined) return equal(second, "0") ? "0" : negate(second);
  return subtract(text(line, "credit") ?? "0", text(line, "debit") ?? "0");
}

export function isForeign(invoice: Row): boolean {
  return idOf(invoice, "currency") !== idOf(linked(invoice, "company"), "currency");
}

/** Credit notes by sale: their lines originate in lines of the sale's invoices, so that Tryton does not count them among those. */
export async function creditedAmounts(
  call: Call,
  sales: readonly Row[],
  signal: AbortSignal,
): Promise<Map<number, Row[]>> {
  const saleOfLine = new Map<number, number>();
  for (const sale of sales) {
    for (const line of linkedRows(sale, "lines")) {
      for (const invoiced of linkedRows(line, "invoice_lines")) saleOfLine.set(invoiced.id, sale.id);
    }
  }
  const found = new Map<number, Row[]>();
  if (saleOfLine.size === 0) return found;
  const origins: Json[] = [...saleOfLine.keys()].map((id) => `account.invoice.line,${id}`);
  const asked = fieldsOf("invoice", [...INVOICE_FIELDS, ...PAYMENT_FIELDS]);
  const params: Json[] = [[["origin", "in", origins]], 0, null, null, ["origin", ...asked]];
  for (const line of rowsOf(await call("model.account.invoice.line.search_read", params, { signal }))) {
    const sale = saleOfLine.get(referenceId(line, "origin", "account.invoice.line") ?? 0);
    const credit = linked(line, "invoice");
    if (sale === undefined || credit === undefined) continue;
    const credits = found.get(sale) ?? [];
    if (!credits.some((one) => one.id === credit.id)) credits.push(credit);
    found.set(sale, credits);
  }
  return found;
}
