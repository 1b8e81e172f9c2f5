import type { Json } from "../../src/adapter-kit/index.ts";
import type { Call } from "./client.ts";
import { idsOf, type Row, referenceId, rowsOf } from "./rows.ts";

/**
 * The sales behind invoices: Tryton names them for an invoice; a credit note's lines point to the lines of the invoice
 * that it takes back.
 */
export async function invoicesToSales(
  call: Call,
  invoices: readonly Row[],
  signal: AbortSignal,
): Promise<string[]> {
  const direct = invoices.flatMap((invoice) => idsOf(invoice, "sales"));
  const others = invoices
    .filter((invoice) => idsOf(invoice, "sales").length === 0)
    .map((invoice) => invoice.id);
  const credited = await creditedInvoices(call, others, signal);
  const ids = [...new Set(credited.values())];
  if (ids.length === 0) return [...new Set(direct)].map(String);
  const rows = rowsOf(await call("model.account.invoice.read", [ids, ["sales"]], { signal }));
  return [...new Set([...direct, ...rows.flatMap((row) => idsOf(row, "sales"))])].map(String);
}

/** For each credit note the invoice that it takes back. */
export async function creditedInvoices(
  call: Call,
  ids: readonly number[],
  signal: AbortSignal,
): Promise<Map<number, number>> {
  const credited = new Map<number, number>();
  if (ids.length === 0) return credited;
  const own: Json[] = [
    ["invoice", "in", [...ids]],
    ["origin", "like", "account.invoice.line,%"],
  ];
  const lines = rowsOf(
    await call("model.account.invoice.line.search_read", [own, 0, null, null, ["invoice", "origin"]], {
      signal,
    }),
  );
  const origins = lines
    .map((line) => referenceId(line, "origin", "account.invoice.line"))
    .filter((id) => id !== undefined);
  if (origins.length === 0) return credited;
  const before = rowsOf(
    await call("model.account.invoice.line.read", [[...new Set(origins)], ["invoice"]], { signal }),
  );
  const invoiceOf = new Map(before.map((line) => [line.id, Number(line["invoice"])]));
  for (const line of lines) {
    const original = invoiceOf.get(referenceId(line, "origin", "account.invoice.line") ?? 0);
    if (original !== undefined) credited.set(Number(line["invoice"]), original);
  }
  return credited;
}
