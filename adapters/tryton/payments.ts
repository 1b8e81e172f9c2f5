import { compare } from "../../src/adapter-kit/canonical.ts";
import type { Json, Observation } from "../../src/adapter-kit/index.ts";
import type { Call } from "./client.ts";
import {
  idOf,
  idsOf,
  latestStamp,
  linked,
  linkedRows,
  names,
  present,
  type Row,
  rowsOf,
  text,
} from "./rows.ts";
import { isForeign, paidAmount } from "./settlement.ts";
import { type Source, watchRecord } from "./source.ts";

const FIELDS = [
  ...names("date party debit credit amount_second_currency description create_date write_date"),
  ...names("move.number move.post_number move.journal.name"),
  ...names(
    "invoice_payments.number invoice_payments.type invoice_payments.currency invoice_payments.currency.code",
  ),
  "invoice_payments.company.currency",
];

/** A payment is an account line that Tryton has put among the payment lines of an outgoing invoice. */
export function paymentSource(call: Call): Source {
  const domain: Json[] = [["invoice_payments.type", "=", "out"]];
  return {
    model: "account.move.line",
    domain,
    localIds: (ids) => Promise.resolve(ids.map(String)),
    watched: [
      watchRecord("account.move.line", domain),
      // a line becomes a payment by being added to an invoice
      {
        model: "account.invoice",
        domain: [["type", "=", "out"]],
        fields: ["payment_lines"],
        owners: async (rows) => rows.flatMap((row) => idsOf(row, "payment_lines")).map(String),
      },
    ],
    async read(localIds, signal) {
      if (localIds.length === 0) return [];
      const params: Json[] = [[["id", "in", localIds.map(Number)], ...domain], 0, null, null, FIELDS];
      const rows = rowsOf(await call("model.account.move.line.search_read", params, { signal }));
      return rows.flatMap(observePayment);
    },
  };
}

function observePayment(row: Row): Observation[] {
  const invoices = linkedRows(row, "invoice_payments").filter((invoice) => text(invoice, "type") === "out");
  const [invoice] = invoices;
  if (invoice === undefined) return [];
  const amount = paidAmount(row, isForeign(invoice));
  if (compare(amount, "0") === 0) return [];
  const move = linked(row, "move");
  const party = idOf(row, "party");
  const modifiedAt = latestStamp([row]);
  const native = present({
    id: row.id,
    // Tryton numbers moves anew every year
    number: `${text(move, "post_number") ?? text(move, "number") ?? "move"}/${row.id}`,
    party: party === undefined ? undefined : String(party),
    date: text(row, "date"),
    amount,
    currency: text(linked(invoice, "currency"), "code"),
    journal: text(move && linked(move, "journal"), "name"),
    description: text(row, "description"),
    allocations: [{ key: String(invoice.id), invoice: String(invoice.id), amount }],
  });
  return [{ localId: String(row.id), native, ...(modifiedAt === undefined ? {} : { modifiedAt }) }];
}
